import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { lockDataFolder } from "#lib/store/lock.ts";
import { temporaryFolder } from "#lib/store/store-fixture.ts";

const inUse = expect.objectContaining({
  code: "data.in-use",
  message: expect.stringMatching(/^Tessera already runs on the data folder \S+: .*\.$/),
});

async function holder(dataDir: string): Promise<ChildProcess> {
  const script = `import { lockDataFolder } from "#lib/store/lock.ts"; lockDataFolder(process.argv[1]); console.log("held"); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child;
}

test("a second start on the same folder is refused until the first has let go", () => {
  const dataDir = path.join(temporaryFolder(), "data");
  const lock = lockDataFolder(dataDir);
  expect(statSync(dataDir).mode & 0o777).toBe(0o700);
  expect(() => lockDataFolder(dataDir)).toThrow(inUse);
  lock.release();
  lock.release();
  expect(readdirSync(dataDir)).toEqual([]);
  lockDataFolder(dataDir).release();
});

test("the lock holds across processes and ends with the process that held it, even when that is killed", async () => {
  const dataDir = temporaryFolder();
  const child = await holder(dataDir);
  expect(() => lockDataFolder(dataDir)).toThrow(inUse);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(existsSync(path.join(dataDir, "console.lock"))).toBe(true);
  lockDataFolder(dataDir).release();
});

test("a folder that cannot be made is told in one sentence", () => {
  expect(() => lockDataFolder("/dev/null/data")).toThrow(expect.objectContaining({ code: "data.unwritable" }));
});
