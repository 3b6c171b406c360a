import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const breaches: [file: string, code: string, law: RegExp][] = [
  ["lib/pki/a.ts", 'import "#lib/site/schema.ts";', /lib\/pki knows certificates/],
  ["lib/site/a.ts", 'import type { S } from "#lib/store/store.ts"; export type T = S;', /lib\/site holds rules/],
  ["lib/store/a.ts", 'export * from "#lib/console/store.ts";', /lib\/store serves console and sensor alike/],
  ["lib/channel/a.ts", 'import "#lib/store/store.ts";', /lib\/channel says what console and sensor tell each other/],
  ["lib/console/a.ts", 'export const a = import("#sensor/main.ts");', /Arrows only go down/],
  ["sensor/a.ts", 'import "react";', /The sensor is plain Node/],
  ["sensor/b.ts", 'import "#lib/console/store.ts";', /The sensor is plain Node/],
  ["app/a.tsx", 'import "#sensor/main.ts";', /meets the sensor in the store/],
  ["components/site/a.tsx", 'import "#app/page.tsx";', /Nothing imports app/],
  ["components/ui/a.tsx", 'import "#lib/site/schema.ts";', /no product word/],
  ["components/ui/b.tsx", 'import "node:fs";', /run in the browser/],
  ["lib/store/sites.ts", 'import "better-sqlite3";', /Only lib\/store\/database opens SQLite/],
  ["lib/console/b.ts", 'import "drizzle-orm/better-sqlite3";', /Only lib\/store speaks SQL/],
  ["lib/account/a.ts", 'import "#lib/store/people.ts";', /lib\/account holds what people may do/],
  ["lib/account/b.ts", 'import "node:crypto";', /lib\/account holds what people may do/],
  ["lib/console/c.ts", 'import "better-auth/api";', /Only lib\/store\/authenticator/],
  ["sensor/e.ts", 'import "#lib/store/authenticator.ts";', /The sensor knows no people/],
  ["sensor/upstream.ts", 'import "http-proxy";', /Only sensor\/upgrade/],
  ["sensor/c.ts", 'import "@hpke/core";', /Sealing belongs to lib\/store/],
  ["lib/site/e.ts", 'import { Certificate } from "pkijs"; export const c = Certificate;', /Only lib\/pki\/path-validation/],
  ["sensor/d.ts", 'import "pino";', /Only lib\/log makes loggers/],
  ["lib/site/b.ts", 'import "next/headers";', /Only the console knows Next/],
  ["lib/site/c.ts", 'import "./schema.ts";', /Import by room/],
  ["lib/site/d.ts", "export const home = process.env.HOME;", /Only lib\/env reads the environment/],
  ["lib/store/b.ts", "declare const db: { transaction(run: unknown): void }; db.transaction(async () => {});", /synchronous/],
  ["lib/store/c.ts", "declare const db: { write(run: unknown): void }; db.write(async () => {});", /synchronous/],
  ["lib/store/d.ts", "declare const db: { attempt(run: unknown): void }; db.attempt(async function save() {});", /synchronous/],
];

let folder: string;
let report: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tessera-laws-"));
  for (const [file, code] of breaches) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), `${code}\n`);
  }
  const laws = readdirSync("lint").filter((name) => name.endsWith(".grit"));
  const configuration = { plugins: laws.map((name) => resolve("lint", name)), linter: { rules: { preset: "none" } } };
  writeFileSync(join(folder, "biome.json"), JSON.stringify(configuration));
  report = lint();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(breaches)("%s may not hold `%s`", (file, _code, law) => {
  const found = report.split(/^(?=\S+:\d+:\d+ plugin)/m).filter((entry) => entry.startsWith(`${file}:`));
  expect(found.join("\n")).toMatch(law);
});

function lint(): string {
  const biome = resolve("node_modules/@biomejs/biome/bin/biome");
  try {
    return execFileSync(process.execPath, [biome, "lint", "--max-diagnostics=none", "."], { cwd: folder, encoding: "utf8", stdio: "pipe" });
  } catch (failure) {
    const { stdout, stderr } = failure as { stdout: string; stderr: string };
    return stdout + stderr;
  }
}
