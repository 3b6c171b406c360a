import { isIP, isIPv4 } from "node:net";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { emailSchema, newPasswordSchema } from "#lib/account/credentials.ts";
import { leastPasswordLength, mostPasswordLength } from "#lib/account/password-length.ts";
import { cidrs, invalid, is, path, port, type Values, whole, wholes } from "#lib/env-value.ts";
import { type Limits, limitSettings, type Timeouts, timeoutSettings } from "#lib/limits.ts";
import { readRange } from "#lib/site/address.ts";

/** What the processes are told from outside, checked; paths are absolute, a port of 0 means "any free one". */
export type Environment = {
  dataDir: string;
  consoleHost: string;
  consolePort: number;
  /** Files in PEM with which the console speaks HTTPS itself. */
  consoleTls: { certFile: string; keyFile: string } | undefined;
  /** The https origin that people use, where it is not the address listened on. */
  consoleUrl: string | undefined;
  /** CIDRs of proxies whose X-Forwarded-For and X-Forwarded-Proto the console believes. */
  consoleTrustedProxies: string[];
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
  /** How long the ledger keeps a row; 0: none is written. */
  ledgerDays: number;
  /** CIDRs of local origins that sites may use. */
  originAllow: string[];
  secretsKeyFile: string;
  /** The one program that the launcher starts, where each runs as a user of its own; undefined: both. */
  program: Program | undefined;
  /** Who is made the first admin while nobody has an account. The launcher alone is told. */
  firstAdmin: { email: string; password: string } | undefined;
  /** Ports of the product that no origin may point at, the console's among them. Set by the launcher. */
  productPorts: number[];
  /** The folder of the console's production build. Set by the launcher. */
  consoleBuild: string | undefined;
  /** The folder of the sensor's build; undefined: it runs from its sources. Set by the launcher's starter. */
  sensorBuild: string | undefined;
  isDevelopment: boolean;
};

/** The two programs of the product. */
export type Program = "console" | "sensor";

/** The only reader of process.env; throws `environment.invalid` with one line: the variable, the fault, what is allowed. */
export function readEnvironment(env: Values = process.env): Environment {
  refuseFetch(env);
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
    ...consoleAddress(env),
    consolePort: ports.CONSOLE_PORT,
    sensorHost: sensorHost(env),
    sensorHttpPort: ports.SENSOR_HTTP_PORT,
    sensorHttpsPort: ports.SENSOR_HTTPS_PORT,
    publicHttpsPort: env.PUBLIC_HTTPS_PORT === undefined ? undefined : port(env, "PUBLIC_HTTPS_PORT", 443, 1),
    sensorAdminPort: ports.SENSOR_ADMIN_PORT,
    sensorWorkers: whole(env, { variable: "SENSOR_WORKERS", otherwise: availableParallelism(), least: 1, most: 256 }),
    sensorLimits: wholes(env, limitSettings, 1),
    sensorTimeouts: wholes(env, timeoutSettings, 1_000),
    ledgerDays: whole(env, { variable: "LEDGER_DAYS", otherwise: 30, least: 0, most: 3_650 }),
    originAllow: cidrs(env, "ORIGIN_ALLOW", "127.0.0.0/8,::1/128"),
    secretsKeyFile: resolve(
      /* turbopackIgnore: true */ path(env, "SECRETS_KEY_FILE", join(/* turbopackIgnore: true */ dataDir, "secrets.key")),
    ),
    program: program(env, ports.CONSOLE_PORT),
    firstAdmin: firstAdmin(env),
    productPorts: productPorts(env),
    consoleBuild: env.TESSERA_DIST,
    sensorBuild: env.TESSERA_SENSOR,
    isDevelopment: env.TESSERA_DEV === "1",
  };
}

/** http-proxy obeys this variable by dialling origins with `fetch`: past the one dialer, and without the client certificate. */
function refuseFetch(env: Values): void {
  if (env.FORCE_FETCH_PATH === undefined) return;
  throw invalid(
    "FORCE_FETCH_PATH",
    "is set, and would lead requests past the rules for origins",
    "nothing; take it out of the environment",
  );
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

/** Tells Next where to call itself; by default it would take the public way, through the front door. */
export function setInnerOrigin(origin: string): void {
  process.env.__NEXT_PRIVATE_ORIGIN = origin;
}

function refuseEqualPorts(ports: Record<string, number>): void {
  const seen = new Map<number, string>();
  for (const [name, number] of Object.entries(ports)) {
    const other = seen.get(number);
    if (number !== 0 && other !== undefined) throw invalid(name, `is ${number}, which ${other} has already`, "a port of its own, or 0");
    seen.set(number, name);
  }
}

type ConsoleAddress = Pick<Environment, "consoleHost" | "consoleTls" | "consoleUrl" | "consoleTrustedProxies">;

// Passwords and sessions cross the network under TLS only: the console's own, or that of a proxy it knows.
function consoleAddress(env: Values): ConsoleAddress {
  const host = env.CONSOLE_HOST ?? "127.0.0.1";
  if (host !== "localhost" && isIP(host) === 0)
    throw invalid("CONSOLE_HOST", is(host), "an IP address of this machine, 0.0.0.0 or :: for all of them, or localhost");
  const tls = consoleTls(env);
  const url = consoleUrl(env);
  const proxies = trustedProxies(env);
  if (proxies.length > 0 && url === undefined)
    throw invalid("CONSOLE_URL", "is missing beside CONSOLE_TRUSTED_PROXIES", "the https address that people use, or neither of the two");
  if (url !== undefined && proxies.length === 0 && tls === undefined)
    throw invalid(
      "CONSOLE_URL",
      `${is(url)}, but nothing here answers HTTPS`,
      "beside CONSOLE_TRUSTED_PROXIES (the proxy's CIDR), or beside CONSOLE_TLS_CERT and CONSOLE_TLS_KEY",
    );
  if (!isLoopback(host) && url === undefined && tls === undefined)
    throw invalid(
      "CONSOLE_HOST",
      `${is(host)}, where passwords would travel in clear text`,
      "an address of this machine alone (127.0.0.1, ::1, localhost); any other with CONSOLE_TLS_CERT and CONSOLE_TLS_KEY, or with an https CONSOLE_URL and CONSOLE_TRUSTED_PROXIES",
    );
  return { consoleHost: host, consoleTls: tls, consoleUrl: url, consoleTrustedProxies: proxies };
}

/** Whether only this machine reaches the address; a name other than localhost may lead anywhere. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

function consoleTls(env: Values): Environment["consoleTls"] {
  const missing = ["CONSOLE_TLS_CERT", "CONSOLE_TLS_KEY"].filter((name) => env[name] === undefined);
  if (missing.length === 2) return undefined;
  const allowed = "CONSOLE_TLS_CERT and CONSOLE_TLS_KEY, the paths of two PEM files, or neither";
  if (missing[0] !== undefined) throw invalid(missing[0], "is missing", allowed);
  const file = (name: string) => resolve(/* turbopackIgnore: true */ path(env, name, ""));
  return { certFile: file("CONSOLE_TLS_CERT"), keyFile: file("CONSOLE_TLS_KEY") };
}

function consoleUrl(env: Values): string | undefined {
  const value = env.CONSOLE_URL;
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  if (url?.protocol === "https:" && [url.origin, `${url.origin}/`].includes(value)) return url.origin;
  throw invalid("CONSOLE_URL", is(value), "https, a host name in lower case and nothing after it (https://console.example.com)");
}

function trustedProxies(env: Values): string[] {
  const list = cidrs(env, "CONSOLE_TRUSTED_PROXIES", "");
  const everybody = list.find((cidr) => "fault" in readRange(cidr));
  if (everybody === undefined) return list;
  const fault = `holds ${everybody}, so that everybody could choose the address the console sees`;
  throw invalid("CONSOLE_TRUSTED_PROXIES", fault, "the CIDRs of your proxies (10.0.0.5/32)");
}

function sensorHost(env: Values): string | undefined {
  const value = env.SENSOR_HOST;
  if (value === undefined || value === "localhost" || isIP(value) !== 0) return value;
  throw invalid("SENSOR_HOST", is(value), "an IP address of this machine, 0.0.0.0 or :: for all of them, or localhost");
}

// A password is never repeated, not even a wrong one.
function firstAdmin(env: Values): Environment["firstAdmin"] {
  const { ADMIN_EMAIL, ADMIN_PASSWORD } = env;
  if (ADMIN_EMAIL === undefined && ADMIN_PASSWORD === undefined) return undefined;
  const [missing, given] = ADMIN_EMAIL === undefined ? ["ADMIN_EMAIL", "ADMIN_PASSWORD"] : ["ADMIN_PASSWORD", "ADMIN_EMAIL"];
  if (ADMIN_EMAIL === undefined || ADMIN_PASSWORD === undefined)
    throw invalid(missing ?? "", `is missing beside ${given}`, "both, for the first admin, or neither");
  const email = emailSchema.safeParse(ADMIN_EMAIL);
  if (!email.success) throw invalid("ADMIN_EMAIL", is(ADMIN_EMAIL), "an email address");
  const password = newPasswordSchema.safeParse(ADMIN_PASSWORD);
  if (!password.success)
    throw invalid(
      "ADMIN_PASSWORD",
      "is too easy to guess",
      `${leastPasswordLength} to ${mostPasswordLength} characters, more than three of them different`,
    );
  return { email: email.data, password: password.data };
}

/** Alone, the sensor cannot be told which free port the console took, and no origin may point at that port. */
function program(env: Values, consolePort: number): Program | undefined {
  const value = env.TESSERA_PROGRAM;
  if (value === undefined) return value;
  if (consolePort === 0) throw invalid("CONSOLE_PORT", "is 0 beside TESSERA_PROGRAM", "a port, the same for both programs");
  if (value === "console" || value === "sensor") return value;
  throw invalid("TESSERA_PROGRAM", is(value), '"console" or "sensor", or leave it unset for both');
}

function productPorts(env: Values): number[] {
  const value = env.TESSERA_PRODUCT_PORTS ?? "";
  return value
    .split(",")
    .filter((part) => part !== "")
    .map((part) => port({ TESSERA_PRODUCT_PORTS: part }, "TESSERA_PRODUCT_PORTS", 0, 1));
}
