import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** What a file imports at run time, types left aside, through all the files of `lib` behind it. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  const source = readFileSync(file, "utf8");
  for (const [, clause = "", name = ""] of source.matchAll(/^(?:import|export) ([^;]*?)from "([^"]+)"/gms)) {
    const isTypeOnly = clause.startsWith("type ") || /^\{(?:\s*type [^,}]+,?)+\s*\}\s*$/.test(clause);
    if (isTypeOnly || seen.has(name)) continue;
    seen.add(name);
    if (name.startsWith("#lib/")) importsOf(name.replace("#lib/", "lib/"), seen);
  }
  return seen;
}

test.each(["lib/site/schema.ts", "lib/site/hostname.ts", "lib/site/problem.ts", "lib/pki/facts.ts", "lib/pki/pem-size.ts"])(
  "%s runs in a browser",
  (file) => {
    const allowed = ["zod", "tldts"];
    expect([...importsOf(file)].filter((name) => !name.startsWith("#lib/") && !allowed.includes(name))).toEqual([]);
  },
);

test("the search sees what a file drags in", () => {
  expect([...importsOf("lib/site/compile.ts")]).toContain("node:crypto");
});
