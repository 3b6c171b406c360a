import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

type Ports = Record<"CONSOLE_PORT" | "SENSOR_HTTP_PORT" | "SENSOR_HTTPS_PORT" | "SENSOR_ADMIN_PORT", number>;

/** Console and sensor as `npm start` runs them, in a folder of their own and on ports of their own. */
export type Product = {
  dataDir: string;
  ports: Ports;
  url: string;
  /** Everything both programs printed so far. */
  output(): string;
  stop(): Promise<number | null>;
  restart(whileStopped?: () => Promise<void>): Promise<void>;
  remove(): Promise<void>;
  tessera(...words: string[]): Promise<string>;
};

/** The first admin of every product that a test starts, unless the test is about how one is made. */
export const admin = { email: "admin@tessera.test", password: "correct horse battery staple" };

type StartOptions = {
  hasAdmin?: boolean;
  /** An empty folder or one to be made; a temporary one unless told. */
  dataDir?: string;
  /** Hears what is said of installing and building, which may take minutes. */
  say?: (text: string) => void;
};

export async function startProduct(extra: Record<string, string> = {}, options: StartOptions = {}): Promise<Product> {
  const { hasAdmin = true, dataDir = mkdtempSync(join(tmpdir(), "tessera-e2e-")), say } = options;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const variables: Record<string, string> = { ...(hasAdmin && { ADMIN_EMAIL: admin.email, ADMIN_PASSWORD: admin.password }), ...extra };
  let run = await launch(dataDir, variables, { say });
  const product: Product = {
    dataDir,
    ports: run.ports,
    url: `${variables.CONSOLE_TLS_CERT === undefined ? "http" : "https"}://localhost:${run.ports.CONSOLE_PORT}`,
    output: () => run.output(),
    stop: () => run.stop(),
    async restart(whileStopped) {
      await run.stop();
      await whileStopped?.();
      run = await launch(dataDir, variables, { before: run.ports });
    },
    async remove() {
      await run.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
    tessera: (...words) => runCommand(["scripts/tessera.ts", ...words], dataDir),
  };
  return product;
}

async function launch(dataDir: string, variables: Record<string, string>, { say, before }: { say?: StartOptions["say"]; before?: Ports }) {
  let output = "";
  let isReady = false;
  const env = { ...environment(dataDir, before), ...variables };
  const child = spawn(process.execPath, ["scripts/start.mjs"], { env, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8");
    stream.on("data", (text) => {
      output += text;
      if (!isReady && !text.startsWith("{")) say?.(text.trimEnd());
    });
  }
  const ports = await portsOf(dataDir, child, () => output).catch(async (failure) => {
    await stop(child);
    throw failure;
  });
  isReady = true;
  return { ports, output: () => output, stop: () => stop(child) };
}

/** Free ports at first, the same ones after a restart. */
function environment(dataDir: string, before?: Ports): NodeJS.ProcessEnv {
  const ports = before ?? { CONSOLE_PORT: 0, SENSOR_HTTP_PORT: 0, SENSOR_HTTPS_PORT: 0, SENSOR_ADMIN_PORT: 0 };
  const values = Object.entries(ports).map(([name, port]) => [name, String(port)]);
  return { ...process.env, ...Object.fromEntries(values), DATA_DIR: dataDir, SENSOR_HOST: "127.0.0.1" };
}

/** Resolves when the launcher has written ports.json; rejects when it ends before. */
function portsOf(dataDir: string, child: ChildProcess, output: () => string): Promise<Ports> {
  return new Promise((resolve, reject) => {
    const watcher = watch(dataDir, read);
    child.once("exit", (code) => finish(() => reject(new Error(`the product ended with ${code} before it was ready:\n${output()}`))));
    read();
    function read() {
      try {
        const ports = JSON.parse(readFileSync(join(dataDir, "ports.json"), "utf8")) as Ports;
        finish(() => resolve(ports));
      } catch {
        // Not written yet.
      }
    }
    function finish(settle: () => void) {
      watcher.close();
      settle();
    }
  });
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill("SIGTERM");
  await once(child, "exit");
  return child.exitCode;
}

async function runCommand(args: string[], dataDir: string): Promise<string> {
  const child = spawn(process.execPath, args, { env: environment(dataDir), stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (output += text));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${output}`);
  return output;
}
