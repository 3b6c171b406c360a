import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import Sqlite from "better-sqlite3";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { childEnvironment } from "#lib/env.ts";
import { createKeyring } from "#lib/store/keyring.ts";
import { openConsoleStore } from "#lib/store/store.ts";
import { root } from "#scripts/project.mjs";

let folder: string;
let launchers: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tessera-launch-"));
  launchers = [];
});

afterEach(async () => {
  for (const launcher of launchers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    launcher.kill("SIGKILL");
    await once(launcher, "exit");
  }
  rmSync(folder, { recursive: true });
});

const data = () => join(folder, "data");
const portsFile = () => join(data(), "ports.json");

/** Starts the launcher with stand-ins for the two programs, which write down what they were given. */
function launch(environment: Record<string, string> = {}, standIns: { console?: string; sensor?: string } = {}) {
  const scripts = {
    console: standIn("console", `{ CONSOLE_PORT: Number(process.env.CONSOLE_PORT) || 4000 }`, standIns.console),
    sensor: standIn("sensor", `{ SENSOR_HTTP_PORT: 4001, SENSOR_HTTPS_PORT: 4002, SENSOR_ADMIN_PORT: 4003 }`, standIns.sensor),
  };
  const main = join(folder, "main.ts");
  writeFileSync(
    main,
    `import { launchProduct } from ${JSON.stringify(join(root, "scripts/launch-product.ts"))};
     try { await launchProduct(${JSON.stringify(scripts)}); }
     catch (error) { console.error(error.message); process.exitCode = 1; }
     finally { if (process.connected) process.disconnect(); }`,
  );
  return run(main, environment);
}

function run(script: string, environment: Record<string, string>) {
  const launcher = spawn(process.execPath, [script], {
    cwd: root,
    env: childEnvironment({ DATA_DIR: data(), ...environment }),
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  launchers.push(launcher);
  const printed = Promise.all([launcher.stdout, launcher.stderr].map((stream) => (stream ? text(stream) : "")));
  const ended = Promise.all([once(launcher, "exit"), printed]).then(([[code], [stdout, stderr]]) => ({ code, stdout, stderr }));
  return { launcher, ended };
}

function standIn(name: string, ports: string, body = `process.send({ type: "ready", ports: ${ports} });`): string {
  const script = join(folder, `${name}.mjs`);
  const prelude = `
    import { writeFileSync } from "node:fs";
    writeFileSync("${seen(name)}", JSON.stringify({ ...process.env, pid: process.pid }));
    process.on("SIGTERM", () => process.exit(0));
    process.on("disconnect", () => process.exit(0));
    setInterval(() => {}, 1e6);
  `;
  writeFileSync(script, prelude + body);
  return script;
}

const seen = (name: string) => join(folder, `${name}.json`);
const given = (name: string): Record<string, string> => JSON.parse(readFileSync(seen(name), "utf8"));
const isReady = () => vi.waitFor(() => expect(existsSync(portsFile())).toBe(true), { timeout: 15_000, interval: 20 });
const isGone = (name: string) => {
  const pid = Number(given(name).pid);
  return vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 10_000, interval: 20 });
};

test.each(["SIGTERM", "SIGINT"] as const)("serves, says where, and %s stops everything with exit code 0", async (signal) => {
  const { launcher, ended } = launch();
  await isReady();
  expect(JSON.parse(readFileSync(portsFile(), "utf8"))).toEqual({
    CONSOLE_PORT: 4000,
    SENSOR_HTTP_PORT: 4001,
    SENSOR_HTTPS_PORT: 4002,
    SENSOR_ADMIN_PORT: 4003,
  });
  expect(statSync(data()).mode & 0o777).toBe(0o700);
  launcher.kill(signal);
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/^Tessera is ready: open http:\/\/127\.0\.0\.1:4000 .*4001.*4002/m);
  expect(existsSync(portsFile())).toBe(false);
  await isGone("console");
  await isGone("sensor");
});

test("the greeting names the address that people use", async () => {
  const { launcher, ended } = launch({ CONSOLE_URL: "https://console.example.com", CONSOLE_TRUSTED_PROXIES: "127.0.0.1/32" });
  await isReady();
  launcher.kill("SIGTERM");
  expect((await ended).stdout).toMatch(/^Tessera is ready: open https:\/\/console\.example\.com \(/m);
});

test("the sensor alone is told where the keyring lies, the console finds the public half in the database", async () => {
  launch();
  await isReady();
  expect(given("sensor").SECRETS_KEY_FILE).toBe(join(data(), "secrets.key"));
  expect(given("console").SECRETS_KEY_FILE).toBeUndefined();
  const [stored] = JSON.parse(readFileSync(join(data(), "secrets.key"), "utf8")).keys;
  const store = openConsoleStore(data());
  expect(await store.keyring.recipient()).toMatchObject({ id: stored.id });
  store.close();
  expect(JSON.stringify(given("console"))).not.toContain(stored.privateKey);
});

test("as long as nobody has an account each start prints a new one-time link for whoever reads its output", async () => {
  const links: string[] = [];
  for (let start = 0; start < 2; start++) {
    const { launcher, ended } = launch();
    await isReady();
    launcher.kill("SIGTERM");
    const { stdout = "" } = await ended;
    expect(stdout).toMatch(/one-time link: http:\/\/127\.0\.0\.1:4000\/setup#[\w-]{43}$/m);
    links.push(stdout);
  }
  expect(new Set(links).size).toBe(2);
});

test("ADMIN_EMAIL and ADMIN_PASSWORD make the first admin, once; no program is told the password", async () => {
  const credentials = { ADMIN_EMAIL: "Ana@Tessera.test", ADMIN_PASSWORD: "correct horse battery" };
  for (const variables of [credentials, { ADMIN_EMAIL: "eve@tessera.test", ADMIN_PASSWORD: "another horse and battery" }]) {
    const { launcher, ended } = launch(variables);
    await isReady();
    for (const name of ["console", "sensor"]) {
      expect(given(name).ADMIN_EMAIL).toBeUndefined();
      expect(given(name).ADMIN_PASSWORD).toBeUndefined();
    }
    launcher.kill("SIGTERM");
    expect((await ended).stdout).not.toContain("/setup#");
  }
  const store = openConsoleStore(data());
  try {
    expect(await store.accounts.byEmail("ana@tessera.test")).toMatchObject({ isChannelAdmin: true, memberships: [{ role: "Admin" }] });
    expect(await store.accounts.byEmail("eve@tessera.test")).toBeNull();
  } finally {
    store.close();
  }
  expect(readFileSync(join(data(), "console.db")).includes(credentials.ADMIN_PASSWORD)).toBe(false);
});

test("a console key that others can read stops the start with one sentence", async () => {
  mkdirSync(data());
  writeFileSync(join(data(), "console.key"), "x".repeat(43), { mode: 0o644 });
  const { code, stderr } = await run("scripts/launch.ts", {}).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(oneSentence);
  expect(stderr).toContain("chmod 600");
});

test("a key file named by the operator is not told to the console either", async () => {
  launch({ SECRETS_KEY_FILE: join(folder, "elsewhere.key") });
  await isReady();
  expect(given("sensor").SECRETS_KEY_FILE).toBe(join(folder, "elsewhere.key"));
  expect(JSON.stringify(given("console"))).not.toContain("elsewhere.key");
});

test.each(["0", "4567"])("the sensor knows the console's port, also when CONSOLE_PORT=%s", async (port) => {
  launch({ CONSOLE_PORT: port });
  await isReady();
  expect(given("sensor").TESSERA_PRODUCT_PORTS).toBe(port === "0" ? "4000" : port);
});

test("a program that is started again gets the port it had", async () => {
  launch({ CONSOLE_PORT: "0" });
  await isReady();
  const { pid } = given("console");
  process.kill(Number(pid), "SIGKILL");
  await vi.waitFor(() => expect(given("console").pid).not.toBe(pid), { timeout: 10_000, interval: 20 });
  expect(given("console").CONSOLE_PORT).toBe("4000");
});

test("a signal during the start is a clean stop", async () => {
  const { launcher, ended } = launch({}, { sensor: "" });
  await vi.waitFor(() => expect(existsSync(seen("sensor")) && existsSync(seen("console"))).toBe(true), { timeout: 15_000, interval: 20 });
  launcher.kill("SIGTERM");
  expect(await ended).toMatchObject({ code: 0, stderr: "" });
  await isGone("console");
  await isGone("sensor");
});

test("the programs do not outlive a launcher that is killed", async () => {
  const { launcher } = launch();
  await isReady();
  launcher.kill("SIGKILL");
  await isGone("console");
  await isGone("sensor");
});

test("the launcher stops when whoever started it is gone", async () => {
  const { launcher, ended } = launch();
  await isReady();
  launcher.disconnect();
  expect((await ended).code).toBe(0);
});

test("a second start on the same data folder is refused and leaves the first alone", async () => {
  launch();
  await isReady();
  const { code, stderr } = await launch({ CONSOLE_PORT: "0" }).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^[^\n]*already[^\n]*\n$/);
  expect(existsSync(portsFile())).toBe(true);
});

test("when one program cannot start, its sentence is the last word and the other is stopped", async () => {
  const refusal = `process.send({ type: "fatal", message: "Port 8443 is in use." }, () => process.exit(1));`;
  const { code, stderr } = await launch({}, { sensor: refusal }).ended;
  expect({ code, stderr }).toEqual({ code: 1, stderr: "Port 8443 is in use.\n" });
  expect(existsSync(portsFile())).toBe(false);
});

const oneSentence = /^[A-Z][^\n]+\.\n$/;

test("a Node that better-sqlite3 would crash is refused before that is loaded", async () => {
  const older = join(folder, "older.cjs");
  writeFileSync(older, `Object.defineProperty(process.versions, "napi", { value: "9" });`);
  const { code, stderr } = await run("scripts/launch.ts", { NODE_OPTIONS: `--require=${older}` }).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^Tessera cannot run on Node [^\n]+\.\n$/);
  expect(existsSync(data())).toBe(false);
});

test("a bad environment value stops the start with one line", async () => {
  const { code, stderr } = await run("scripts/launch.ts", { CONSOLE_PORT: "99999" }).ended;
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: 'CONSOLE_PORT is "99999"; allowed: a whole number from 0 to 65535 (0 takes any free port).\n',
  });
  expect(existsSync(data())).toBe(false);
});

test("a console that would take passwords in clear text from the network does not start", async () => {
  const { code, stderr } = await run("scripts/launch.ts", { CONSOLE_HOST: "0.0.0.0" }).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^CONSOLE_HOST is "0\.0\.0\.0", where passwords would travel in clear text; allowed: [^\n]+\.\n$/);
  expect(existsSync(data())).toBe(false);
});

test.each([
  ["a file", () => writeFileSync(data(), "")],
  ["in a place nobody can write to", () => "/proc/tessera"],
])("a data folder that is %s stops the start with one sentence", async (_, arrange) => {
  const { code, stderr } = await run("scripts/launch.ts", { DATA_DIR: arrange() ?? data() }).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(oneSentence);
  expect(stderr).toContain("data folder");
});

test("a damaged database stops the start with one sentence and stays as it was", async () => {
  mkdirSync(data());
  const file = join(data(), "console.db");
  const damage = "this was a database once ".repeat(400);
  writeFileSync(file, damage);
  const { code, stderr = "" } = await run("scripts/launch.ts", {}).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/damaged/);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(readFileSync(file, "utf8")).toBe(damage);
});

/** Everything in the data folder but the lock: names, modes and content. */
function dataAsItIs(): string[] {
  const names = readdirSync(data()).filter((name) => !/lock$|-wal$|-shm$/.test(name));
  return names.map((name) => `${name} ${statSync(join(data(), name)).mode} ${readFileSync(join(data(), name)).toString("hex")}`);
}

test.each([
  [
    "missing",
    (file: string) => renameSync(file, join(folder, "away.key")),
    /cannot be read \(ENOENT\): stored private keys are sealed for its key ID/,
  ],
  ["readable by everybody", (file: string) => chmodSync(file, 0o644), /can be read or written by others \(mode 644\)/],
  [
    "that of another installation",
    (file: string) => {
      rmSync(file);
      createKeyring(file);
    },
    /lacks the key ID/,
  ],
  ["damaged", (file: string) => writeFileSync(file, "{}", { mode: 0o600 }), /is damaged/],
])(
  "a keyring that is %s stops the start with one sentence, and nothing is changed, an older database neither",
  async (_, spoil, sentence) => {
    const { launcher, ended } = launch();
    await isReady();
    launcher.kill("SIGTERM");
    await ended;
    const file = join(data(), "secrets.key");
    const [{ id }] = JSON.parse(readFileSync(file, "utf8")).keys;
    const client = new Sqlite(join(data(), "console.db"));
    client.exec("DELETE FROM __drizzle_migrations WHERE id > 1; ALTER TABLE revisions DROP COLUMN restored_from;");
    client.close();
    spoil(file);
    const before = dataAsItIs();
    const { code, stderr } = await launch().ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(sentence.source.replace("ID", id)));
    expect(stderr).toMatch(oneSentence);
    expect(dataAsItIs()).toEqual(before);
  },
);

test("a console port in use stops the start with one sentence", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" ? address?.port : undefined;
  try {
    const consoleProgram = `await import(${JSON.stringify(join(root, "lib/console/server.ts"))});`;
    const { code, stderr } = await launch({ CONSOLE_PORT: String(port), TESSERA_DEV: "1" }, { console: consoleProgram }).ended;
    expect(code).toBe(1);
    expect(stderr).toBe(
      `Port ${port} on 127.0.0.1 is in use: stop what uses it, or set CONSOLE_PORT to another port (0 takes any free one).\n`,
    );
  } finally {
    other.close();
  }
});

test("a certificate that cannot be used stops the start with one sentence", async () => {
  const files = { CONSOLE_TLS_CERT: join(folder, "console.crt"), CONSOLE_TLS_KEY: join(folder, "console.key") };
  for (const file of Object.values(files)) writeFileSync(file, "");
  const consoleProgram = `await import(${JSON.stringify(join(root, "lib/console/server.ts"))});`;
  const { code, stderr } = await launch({ CONSOLE_PORT: "0", TESSERA_DEV: "1", ...files }, { console: consoleProgram }).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^The console cannot use CONSOLE_TLS_CERT \([^)]+\) with CONSOLE_TLS_KEY \([^)]+\)\. [^\n]+\.\n$/);
});
