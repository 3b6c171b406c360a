import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Interrupted } from "#scripts/command.mjs";
import { findBrowser } from "#scripts/find-browser.mjs";
import { withLock } from "#scripts/folder-lock.mjs";
import { compareVersions, isOutdated } from "#scripts/node-version.mjs";
import { consoleSources, hashSources, sensorSources } from "#scripts/source-hash.mjs";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tessera-prepare-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (file: string, content: string) => {
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, file), content);
};

test("equal sources have one name, whatever else lies beside them", () => {
  write("app/page.tsx", "1");
  write("lib/site/schema.ts", "2");
  write("package-lock.json", "3");
  const name = hashSources(consoleSources, folder);
  write("lib/site/schema.test.ts", "a test");
  write("sensor/main.ts", "another program");
  write("data/console.db", "data");
  expect(hashSources(consoleSources, folder)).toBe(name);
  expect(name).toMatch(/^[0-9a-f]{20}$/);
});

test.each([
  ["a changed file", () => write("app/page.tsx", "2")],
  ["a new file", () => write("components/ui/button.tsx", "")],
  ["other packages", () => write("package-lock.json", "{}")],
  ["text that moved from one file to the next", () => [write("app/page.tsx", ""), write("app/zero.tsx", "1")]],
])("%s changes the name", (_, change) => {
  write("app/page.tsx", "1");
  write("app/zero.tsx", "");
  const name = hashSources(consoleSources, folder);
  change();
  expect(hashSources(consoleSources, folder)).not.toBe(name);
});

test("each program is built anew for its own sources and for what both share", () => {
  const changed = (file: string) => {
    const before = [consoleSources, sensorSources].map((sources) => hashSources(sources, folder));
    write(file, `changed ${file}`);
    return [consoleSources, sensorSources].map((sources, index) => hashSources(sources, folder) !== before[index]);
  };
  expect(changed("app/page.tsx")).toEqual([true, false]);
  expect(changed("sensor/worker.ts")).toEqual([false, true]);
  expect(changed("scripts/bundle-sensor.mjs")).toEqual([false, true]);
  expect(changed("lib/site/compile.ts")).toEqual([true, true]);
  expect(changed("package-lock.json")).toEqual([true, true]);
});

test("two pieces of work under one lock run one after the other", async () => {
  const file = join(folder, "lock");
  const order: string[] = [];
  const entered = Promise.withResolvers<void>();
  const leave = Promise.withResolvers<void>();
  const first = withLock(file, {}, async () => {
    entered.resolve();
    await leave.promise;
    order.push("first");
  });
  await entered.promise;
  const second = withLock(file, { onWait: () => leave.resolve() }, async () => order.push("second"));
  await Promise.all([first, second]);
  expect(order).toEqual(["first", "second"]);
  expect(existsSync(file)).toBe(false);
});

test("a lock whose holder died is taken over by exactly one", async () => {
  const file = join(folder, "lock");
  const dead = spawn(process.execPath, ["-e", ""]);
  await once(dead, "exit");
  writeFileSync(file, String(dead.pid));
  let inside = 0;
  const works = Array.from({ length: 5 }, () =>
    withLock(file, {}, async () => {
      inside++;
      expect(inside).toBe(1);
      expect(readFileSync(file, "utf8")).toBe(String(process.pid));
      await Promise.resolve();
      inside--;
    }),
  );
  await Promise.all(works);
});

test("work that fails gives its lock back", async () => {
  const file = join(folder, "lock");
  await expect(withLock(file, {}, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(existsSync(file)).toBe(false);
});

test("waiting for a lock can be interrupted", async () => {
  const file = join(folder, "lock");
  writeFileSync(file, String(process.pid));
  const interrupt = new AbortController();
  const waiting = withLock(file, { signal: interrupt.signal, onWait: () => interrupt.abort() }, async () => "never");
  await expect(waiting).rejects.toBeInstanceOf(Interrupted);
  expect(existsSync(file)).toBe(true);
});

test("a Node below the newest known security release of its line is outdated, one of a later line is not", () => {
  expect(isOutdated("24.0.0")).toBe(true);
  expect(isOutdated("24.21.0")).toBe(false);
  expect(isOutdated("24.100.0")).toBe(false);
  expect(isOutdated("26.1.0")).toBe(false);
});

test("versions are compared as numbers", () => {
  expect(["24.9.0", "26.0.1", "24.21.0", "26.0.0"].sort(compareVersions)).toEqual(["24.9.0", "24.21.0", "26.0.0", "26.0.1"]);
});

test("a browser counts only when it runs", () => {
  const place = (path: string, script: string) => {
    write(path, script);
    chmodSync(join(folder, path), 0o755);
  };
  place("stub/chromium", "#!/bin/sh\nexit 1\n");
  place("real/google-chrome", "#!/bin/sh\nexit 0\n");
  write("text/chromium", "no program");
  const path = ["stub", "text", "real"].map((name) => join(folder, name)).join(":");
  expect(findBrowser(path)).toBe(join(folder, "real/google-chrome"));
  expect(findBrowser(join(folder, "stub"))).toBeUndefined();
});
