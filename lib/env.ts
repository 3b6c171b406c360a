import { isIP, isIPv4 } from "node:net";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { AppError } from "#lib/app-error.ts";
import { type Limits, limitSettings, type Setting, type Timeouts, timeoutSettings } from "#lib/limits.ts";

/** What the processes are told from outside, checked; paths are absolute, a port of 0 means "any free one". */
export type Environment = {
  dataDir: string;
  consoleHost: string;
  consolePort: number;
  /** Undefined: all addresses, IPv6 and IPv4 where the machine has both. */
  sensorHost: string | undefined;
  sensorHttpPort: number;
  sensorHttpsPort: number;
  /** Undefined: the HTTPS port in use. */
  publicHttpsPort: number | undefined;
  sensorAdminPort: number;
  /** Processes that serve traffic. */
  sensorWorkers: number;
  sensorLimits: Limits;
  sensorTimeouts: Timeouts;
  /** CIDRs of local origins that sites may use. */
  originAllow: string[];
  secretsKeyFile: string;
  /** "id:base64 of the raw X25519 public key": what the console seals to. Set by the launcher. */
  sealingKey: string | undefined;
  /** Ports of the product that no origin may point at, the console's among them. Set by the launcher. */
  productPorts: number[];
  /** The folder of the console's production build. Set by the launcher. */
  consoleBuild: string | undefined;
  isDevelopment: boolean;
};

type Values = Record<string, string | undefined>;

/** The only reader of process.env; throws `environment.invalid` with one line: the variable, the fault, what is allowed. */
export function readEnvironment(env: Values = process.env): Environment {
  const dataDir = resolve(/* turbopackIgnore: true */ path(env, "DATA_DIR", "data"));
  const ports = {
    CONSOLE_PORT: port(env, "CONSOLE_PORT", 3000),
    SENSOR_HTTP_PORT: port(env, "SENSOR_HTTP_PORT", 8080),
    SENSOR_HTTPS_PORT: port(env, "SENSOR_HTTPS_PORT", 8443),
    SENSOR_ADMIN_PORT: port(env, "SENSOR_ADMIN_PORT", 9090),
  };
  refuseEqualPorts(ports);
  return {
    dataDir,
    consoleHost: consoleHost(env),
    consolePort: ports.CONSOLE_PORT,
    sensorHost: sensorHost(env),
    sensorHttpPort: ports.SENSOR_HTTP_PORT,
    sensorHttpsPort: ports.SENSOR_HTTPS_PORT,
    publicHttpsPort: env.PUBLIC_HTTPS_PORT === undefined ? undefined : port(env, "PUBLIC_HTTPS_PORT", 443, 1),
    sensorAdminPort: ports.SENSOR_ADMIN_PORT,
    sensorWorkers: whole(env, { variable: "SENSOR_WORKERS", otherwise: availableParallelism(), least: 1, most: 256 }),
    sensorLimits: wholes(env, limitSettings, 1),
    sensorTimeouts: wholes(env, timeoutSettings, 1_000),
    originAllow: cidrs(env, "ORIGIN_ALLOW", "127.0.0.0/8,::1/128"),
    secretsKeyFile: resolve(
      /* turbopackIgnore: true */ path(env, "SECRETS_KEY_FILE", join(/* turbopackIgnore: true */ dataDir, "secrets.key")),
    ),
    sealingKey: sealingKey(env),
    productPorts: productPorts(env),
    consoleBuild: env.TESSERA_DIST,
    isDevelopment: env.TESSERA_DEV === "1",
  };
}

/** The environment for a child process: our own, with `changes` laid over it; undefined takes a variable away. */
export function childEnvironment(changes: Values, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const child = { ...env };
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete child[name];
    else child[name] = value;
  }
  return child;
}

function invalid(name: string, fault: string, allowed: string): AppError {
  return new AppError("environment.invalid", `${name} ${fault}; allowed: ${allowed}.`);
}

function is(value: string): string {
  if (value === "") return "is empty";
  const shown = JSON.stringify(value);
  return `is ${shown.length > 80 ? `${shown.slice(0, 80)}…` : shown}`;
}

function path(env: Values, name: string, otherwise: string): string {
  const value = env[name] ?? otherwise;
  if (value.trim() === "") throw invalid(name, is(value), "a path, or leave it unset");
  return value;
}

function port(env: Values, name: string, otherwise: number, least = 0): number {
  const value = env[name];
  if (value === undefined) return otherwise;
  const number = /^(0|[1-9]\d{0,4})$/.test(value) ? Number(value) : -1;
  if (number >= least && number <= 65_535) return number;
  const any = least === 0 ? " (0 takes any free port)" : "";
  throw invalid(name, is(value), `a whole number from ${least} to 65535${any}`);
}

function whole(env: Values, { variable, otherwise, least, most }: Setting): number {
  const value = env[variable];
  if (value === undefined) return otherwise;
  const number = /^[1-9]\d{0,9}$/.test(value) ? Number(value) : 0;
  if (number >= least && number <= most) return number;
  throw invalid(variable, is(value), `a whole number from ${least} to ${most}`);
}

/** All numbers of a table, each times `factor`; the table has a setting for every key. */
function wholes<Key extends string>(env: Values, settings: Record<Key, Setting>, factor: number): Record<Key, number> {
  const entries = Object.entries<Setting>(settings).map(([key, setting]) => [key, whole(env, setting) * factor]);
  return Object.fromEntries(entries) as Record<Key, number>;
}

function refuseEqualPorts(ports: Record<string, number>): void {
  const seen = new Map<number, string>();
  for (const [name, number] of Object.entries(ports)) {
    const other = seen.get(number);
    if (number !== 0 && other !== undefined) throw invalid(name, `is ${number}, which ${other} has already`, "a port of its own, or 0");
    seen.set(number, name);
  }
}

// Without accounts whoever reaches the console is its administrator: only this machine may.
function consoleHost(env: Values): string {
  const value = env.CONSOLE_HOST ?? "127.0.0.1";
  if (value === "localhost" || value === "::1" || (isIPv4(value) && value.startsWith("127."))) return value;
  const allowed = "an address of this machine alone (127.0.0.1 and the rest of 127.0.0.0/8, ::1, localhost)";
  throw invalid("CONSOLE_HOST", `${is(value)}, and the console has no sign-in yet`, allowed);
}

function sensorHost(env: Values): string | undefined {
  const value = env.SENSOR_HOST;
  if (value === undefined || value === "localhost" || isIP(value) !== 0) return value;
  throw invalid("SENSOR_HOST", is(value), "an IP address of this machine, 0.0.0.0 or :: for all of them, or localhost");
}

function cidrs(env: Values, name: string, otherwise: string): string[] {
  const list = (env[name] ?? otherwise).split(",").map((part) => part.trim());
  if (list.length === 1 && list[0] === "") return [];
  for (const part of list) {
    if (!isCidr(part))
      throw invalid(name, `holds ${JSON.stringify(part)}`, "CIDRs with commas between them (10.0.0.0/8,::1/128), or empty");
  }
  return list;
}

function isCidr(text: string): boolean {
  const [address = "", bits = "", ...rest] = text.split("/");
  const version = address.includes("%") ? 0 : isIP(address);
  if (version === 0 || rest.length > 0 || !/^(0|[1-9]\d{0,2})$/.test(bits)) return false;
  return Number(bits) <= (version === 4 ? 32 : 128);
}

function sealingKey(env: Values): string | undefined {
  const value = env.SECRETS_PUBLIC_KEY;
  if (value === undefined) return undefined;
  const [id = "", key = "", ...rest] = value.split(":");
  if (id !== "" && rest.length === 0 && Buffer.from(key, "base64").length === 32) return value;
  throw invalid("SECRETS_PUBLIC_KEY", "is not a key", "what the launcher sets (id:base64 of 32 bytes)");
}

function productPorts(env: Values): number[] {
  const value = env.TESSERA_PRODUCT_PORTS ?? "";
  return value
    .split(",")
    .filter((part) => part !== "")
    .map((part) => port({ TESSERA_PRODUCT_PORTS: part }, "TESSERA_PRODUCT_PORTS", 0, 1));
}
