import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { childEnvironment } from "#lib/env.ts";
import { type Child, type Patience, superviseChild } from "#scripts/supervisor.ts";

const quick: Patience = { readyWithinMs: 10_000, stopWithinMs: 5_000, firstDelayMs: 1, longestDelayMs: 4, steadyAfterMs: 60_000 };

let folder: string;
let children: Child[];
let said: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tessera-supervisor-"));
  children = [];
  said = [];
  vi.spyOn(console, "error").mockImplementation((line) => said.push(String(line)));
});

afterEach(async () => {
  await Promise.all(children.map((child) => child.stop()));
  rmSync(folder, { recursive: true });
  vi.restoreAllMocks();
});

/** A program whose source begins with `serve()`, `note(text)` and `runs`, the number of its starts so far, this one included. */
function program(source: string, limits: Partial<Patience> = {}): Child {
  const script = join(folder, "program.mjs");
  const prelude = `
    import { appendFileSync, readFileSync } from "node:fs";
    const note = (text) => appendFileSync("${notes()}", text + "\\n");
    note("start " + process.pid + " " + process.env.CONSOLE_PORT);
    const runs = readFileSync("${notes()}", "utf8").split("\\n").filter((line) => line.startsWith("start")).length;
    const serve = () => { process.send({ type: "ready", ports: { CONSOLE_PORT: 4000 + runs, OTHER: 1, SENSOR_HTTP_PORT: "x" } }); setInterval(() => {}, 1e6); };
    process.on("disconnect", () => { note("orphaned"); process.exit(0); });
  `;
  writeFileSync(script, prelude + source);
  let starts = 0;
  const environment = () => childEnvironment({ CONSOLE_PORT: String(++starts) });
  const child = superviseChild({ name: "helper", script, environment }, { ...quick, ...limits });
  children.push(child);
  return child;
}

const notes = () => join(folder, "notes");
const lines = () => (existsSync(notes()) ? readFileSync(notes(), "utf8").trim().split("\n") : []);
const starts = () => lines().filter((line) => line.startsWith("start"));

test("answers the ports of the program that became ready, and only those it knows", async () => {
  expect(await program("serve();").start()).toEqual({ CONSOLE_PORT: 4001 });
});

test("a program that says why it cannot start is quoted", async () => {
  const child = program(`process.send({ type: "fatal", message: "Port 80 is in use." }); process.exitCode = 1; process.disconnect();`);
  await expect(child.start()).rejects.toMatchObject({ code: "child.failed", message: "Port 80 is in use." });
});

test("a program that ends without a word before it is ready is named with its exit code", async () => {
  await expect(program("process.exit(3);").start()).rejects.toThrow("The helper ended (exit code 3) before it was ready.");
  expect(starts()).toHaveLength(1);
});

test("a program that never gets ready is ended", async () => {
  const child = program("setInterval(() => {}, 1e6);", { readyWithinMs: 500 });
  await expect(child.start()).rejects.toThrow("The helper was not ready within 0.5 s.");
});

test("a program that crashes after it served is started again, with a fresh environment, and that is said", async () => {
  const child = program("serve(); if (runs < 3) setImmediate(() => process.exit(9));");
  await child.start();
  await vi.waitFor(() => expect(starts()).toHaveLength(3), { timeout: 10_000 });
  expect(starts().map((line) => line.split(" ")[2])).toEqual(["1", "2", "3"]);
  expect(said).toEqual([
    "The helper ended (exit code 9). Starting it again in 0.001 s.",
    "The helper ended (exit code 9). Starting it again in 0.002 s.",
  ]);
});

test("a program that is killed is started again", async () => {
  const child = program("serve();");
  await child.start();
  process.kill(Number(starts()[0]?.split(" ")[1]), "SIGKILL");
  await vi.waitFor(() => expect(starts()).toHaveLength(2), { timeout: 10_000 });
  expect(said[0]).toContain("SIGKILL");
});

test("a restart that fails is tried again, each time a little later", async () => {
  const child = program(`
    if (runs === 1) { serve(); setImmediate(() => process.exit(1)); }
    else if (runs < 6) { process.send({ type: "fatal", message: "Not yet." }, () => process.exit(1)); }
    else serve();
  `);
  await child.start();
  await vi.waitFor(() => expect(starts()).toHaveLength(6), { timeout: 15_000 });
  expect(said.map((line) => / in (.*) s/.exec(line)?.[1])).toEqual(["0.001", "0.002", "0.004", "0.004", "0.004"]);
  expect(said[1]).toBe("Not yet. Starting it again in 0.002 s.");
});

test("stop ends a program that serves with SIGTERM and does not start it again", async () => {
  const child = program(`process.on("SIGTERM", () => { note("drained"); process.exit(0); }); serve();`);
  await child.start();
  await child.stop();
  expect(lines()).toContain("drained");
  expect(starts()).toHaveLength(1);
  expect(said).toEqual([]);
});

test("stop kills a program that does not end", async () => {
  const child = program(`process.on("SIGTERM", () => {}); serve();`, { stopWithinMs: 50 });
  await child.start();
  await child.stop();
  const pid = Number(starts()[0]?.split(" ")[1]);
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("stop ends a program that is still starting", async () => {
  const child = program("setInterval(() => {}, 1e6);");
  const starting = expect(child.start()).rejects.toThrow("before it was ready");
  await vi.waitFor(() => expect(starts()).toHaveLength(1), { timeout: 10_000 });
  await child.stop();
  await starting;
  await expect(child.start()).rejects.toMatchObject({ code: "child.stopped" });
});

test("stop while a restart is waiting leaves nothing running", async () => {
  const child = program("serve(); setImmediate(() => process.exit(1));", { firstDelayMs: 60_000, longestDelayMs: 60_000 });
  await child.start();
  await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 10_000 });
  await child.stop();
  expect(starts()).toHaveLength(1);
});

test("restart starts a changed program at once and without complaint", async () => {
  const child = program("serve();", { firstDelayMs: 60_000, longestDelayMs: 60_000 });
  await child.start();
  child.restart();
  await vi.waitFor(() => expect(starts()).toHaveLength(2), { timeout: 10_000 });
  expect(said).toEqual([]);
});
