import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { tenantNames } from "#e2e/demo/demo-sites.ts";
import { openConsoleStore } from "#lib/store/store.ts";

const freePorts = { CONSOLE_PORT: "0", SENSOR_HTTP_PORT: "0", SENSOR_HTTPS_PORT: "0", SENSOR_ADMIN_PORT: "0" };

test.describe("npm run demo", () => {
  test.skip(spawnSync("curl", ["--version"]).status !== 0, "its printed lines are for curl, which this machine has not got");

  test("prints lines that do what stands behind them, and leaves nothing at Ctrl-C", async () => {
    const demo = await startCommand();
    const lines = demo.lines();
    expect(lines.length).toBe(7);
    const store = openConsoleStore(`${demo.folder()}/data`);
    const tenant = await store.tenants.byName(tenantNames.withMtls);
    for (const { command, output, verdict } of lines) {
      const { stdout, stderr } = spawnSync("bash", ["-c", command], { cwd: `${demo.folder()}/pki`, encoding: "utf8" });
      expect(stdout + stderr, command).toContain(output);
      if (verdict === undefined) continue;
      const requestId = /"requestId":"([^"]+)"/.exec(stdout)?.[1] ?? "";
      await expect
        .poll(async () => (await store.ledger.request(tenant?.id ?? "", requestId)).map((event) => event.verdict))
        .toEqual([verdict]);
    }
    store.close();
    expect(await demo.interrupt()).toBe(0);
    expect(existsSync(demo.folder())).toBe(false);
    await expect(reach(demo.consolePort())).rejects.toThrow("ECONNREFUSED");
  });

  test("keeps its folder when it is told to", async () => {
    const demo = await startCommand("--keep");
    expect(await demo.interrupt()).toBe(0);
    expect(existsSync(`${demo.folder()}/data/console.db`)).toBe(true);
    rmSync(demo.folder(), { recursive: true });
  });

  test("plays a tour with captions and keeps it as a film and stills", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tessera-film-"));
    const words = ["tour", "flag", "--headless", "--speed", "100", "--record", folder];
    const child = spawn(process.execPath, ["e2e/demo/demo.ts", ...words], { stdio: ["ignore", "pipe", "pipe"] });
    expect(await textOf(child)).toBe("");
    expect(child.exitCode).toBe(0);
    expect(readdirSync(folder).toSorted()).toEqual(["flag-off.png", "flag-on.png", "tour.webm"]);
    const film = readFileSync(join(folder, "tour.webm"));
    expect(film.subarray(0, 4).toString("hex"), "EBML, which WebM begins with").toBe("1a45dfa3");
    expect(film.length).toBeGreaterThan(20_000);
    rmSync(folder, { recursive: true });
  });

  test("says what it can do when it is asked for something else", async () => {
    const child = spawn(process.execPath, ["e2e/demo/demo.ts", "turn"], { stdio: ["ignore", "ignore", "pipe"] });
    expect(await textOf(child)).toContain("npm run demo -- tour");
    expect(child.exitCode).toBe(2);
  });
});

async function startCommand(...words: string[]) {
  const env = { ...process.env, ...freePorts };
  const child = spawn(process.execPath, ["e2e/demo/demo.ts", ...words], { env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  const isReady = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.includes("Ctrl-C")) resolve();
    });
    child.once("exit", () => reject(new Error(`the demo ended before it was ready:\n${output}`)));
  });
  await isReady;
  const found = (pattern: RegExp) => pattern.exec(output)?.[1] ?? "";
  return {
    folder: () => found(/ {4}cd (.*)\/pki/),
    consolePort: () => Number(found(/http:\/\/localhost:(\d+)/)),
    lines: () =>
      [...output.matchAll(/^ {4}(curl .*) {2}# (.*?)(?: \((\w+)\))?$/gm)].map(([, command = "", output = "", verdict]) => ({
        command,
        output,
        verdict,
      })),
    async interrupt() {
      child.kill("SIGINT");
      await once(child, "exit");
      return child.exitCode;
    },
  };
}

async function textOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stderr?.on("data", (data) => (text += data));
  await once(child, "close");
  return text;
}

async function reach(port: number): Promise<void> {
  await once(connect(port, "127.0.0.1"), "connect");
}
