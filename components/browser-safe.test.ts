import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** What a file imports at run time, types left aside, through all the files of `lib` and `components` behind it. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  const source = readFileSync(file, "utf8");
  for (const [, clause = "", name = ""] of source.matchAll(/^(?:import|export) ([^;]*?)from "([^"]+)"/gms)) {
    const isTypeOnly = clause.startsWith("type ") || /^\{(?:\s*type [^,}]+,?)+\s*\}\s*$/.test(clause);
    if (isTypeOnly || seen.has(name)) continue;
    seen.add(name);
    if (/^#(?:lib|components)\//.test(name)) importsOf(name.slice(1), seen);
  }
  return seen;
}

const components = globSync("components/**/*.{ts,tsx}").filter((file) => !file.includes(".test."));

test("what pages send holds no schema: zod alone is 31 KB, and the server judges all the same", () => {
  expect(components.filter((file) => importsOf(file).has("zod"))).toEqual([]);
});

test("what pages send asks for nothing of Node", () => {
  expect(components.filter((file) => [...importsOf(file)].some((name) => name.startsWith("node:")))).toEqual([]);
});

test.each(["lib/site/schema.ts", "lib/site/hostname.ts", "lib/site/problem.ts", "lib/pki/facts.ts", "lib/pki/pem-size.ts"])(
  "%s runs in a browser",
  (file) => {
    const allowed = ["zod", "tldts"];
    expect([...importsOf(file)].filter((name) => !name.startsWith("#lib/") && !allowed.includes(name))).toEqual([]);
  },
);

test("the search sees what a file drags in", () => {
  expect([...importsOf("lib/site/compile.ts")]).toContain("node:crypto");
  expect([...importsOf("lib/channel/origin-test.ts")]).toContain("zod");
});
