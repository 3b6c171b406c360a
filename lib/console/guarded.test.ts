import { existsSync, globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { guardOf } from "#lib/console/guarded.ts";

// Next makes an entrance of every export of these files; no other file may hold one.
const actionFiles = globSync("app/**/actions.ts");
const routeFiles = globSync("app/**/route.ts");
const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Everything that people without a session reach, on purpose. */
const open = [
  "health",
  "setup",
  "session.sign-in",
  "session.code",
  "session.sign-out",
  "invitation.show",
  "invitation.accept",
  "reset.show",
  "reset.redeem",
];

async function entrancesOf(file: string): Promise<[name: string, entrance: unknown][]> {
  const exports: Record<string, unknown> = await import(`../../${file}`);
  const isRoute = file.endsWith("route.ts");
  return Object.entries(exports).filter(([name]) => !isRoute || methods.includes(name));
}

test("there are actions and routes to look at", () => {
  expect(actionFiles.length).toBeGreaterThan(5);
  expect(routeFiles.length).toBeGreaterThan(3);
});

test.each([...actionFiles, ...routeFiles])("every entrance of %s goes through the wrapper", async (file) => {
  const entrances = await entrancesOf(file);
  expect(entrances.length).toBeGreaterThan(0);
  for (const [name, entrance] of entrances) {
    const isFunction = typeof entrance === "function";
    expect(isFunction && guardOf(entrance), `${file} exports ${name}`).toMatchObject({
      name: expect.any(String),
      access: expect.any(String),
    });
  }
});

test("what is open to everybody is this list, and everything has a name of its own", async () => {
  const entrances = (await Promise.all([...actionFiles, ...routeFiles].map(entrancesOf))).flat();
  const guards = entrances.flatMap(([, entrance]) => (typeof entrance === "function" ? [guardOf(entrance)] : []));
  expect(guards.flatMap((guard) => (guard?.access === "anyone" ? [guard.name] : [])).sort()).toEqual([...open].sort());
  expect(new Set(guards.map((guard) => guard?.name)).size).toBe(guards.length);
});

test("a function that nobody has wrapped is noticed", () => {
  expect(guardOf(async () => new Response())).toBeNull();
});

test("server actions stand in files named actions.ts alone, and every page opens through openPage or is one of the ways in", () => {
  const sources = globSync("{app,components,lib}/**/*.{ts,tsx}").filter((file) => !file.includes(".test."));
  const withActions = sources.filter((file) => /^\s*["']use server["']/m.test(readFileSync(file, "utf8")));
  expect(withActions.sort()).toEqual([...actionFiles].sort());
  const waysIn = ["app/login/page.tsx", "app/setup/page.tsx", "app/invitation/page.tsx", "app/reset/page.tsx"];
  const redirects = ["app/page.tsx", "app/settings/page.tsx"];
  const pages = globSync("app/**/page.tsx").filter((file) => !waysIn.includes(file) && !redirects.includes(file));
  for (const file of pages) expect(readFileSync(file, "utf8"), file).toContain("await openPage(");
  for (const file of redirects)
    expect(readFileSync(file, "utf8"), file).toMatch(
      /^import \{ redirect \} from "next\/navigation";\n\nexport default function \w+\(\) \{\n {2}redirect\("[^"]+"\);\n\}\n$/,
    );
  expect(existsSync("middleware.ts") || existsSync("proxy.ts"), "rights are decided where things are done, not on the way").toBe(false);
});
