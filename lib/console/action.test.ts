import { expect, test, vi } from "vitest";
import { AppError } from "#lib/app-error.ts";
import type { Access } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { saveSiteInput } from "#lib/console/save-site.ts";
import { error, ok, refuse } from "#lib/site/problem.ts";

const secret = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----";
const everybody: Access<unknown, null> = { name: "everybody", open: async () => ok(null) };
const nobody: Access<unknown, null> = { name: "nobody", open: async () => refuse(error("", "role.none", "Not you.")) };

test("input of another shape is refused under its field and repeated nowhere", async () => {
  const run = vi.fn();
  const input = {
    siteId: null,
    basedOn: null,
    draft: { hostName: 7, sslCredentials: { change: secret }, originHttpPort: 70_000, [secret]: secret },
  };
  const result = await defineAction("site.save", everybody, saveSiteInput, run)(input);
  expect(run).not.toHaveBeenCalled();
  expect(result).toMatchObject({ ok: false });
  const problems = result.ok ? [] : result.problems;
  expect(problems.find(({ path }) => path === "originHttpPort")?.message).toBe("HTTP Backend Port is a whole number from 1 to 65,535.");
  expect(problems.find(({ path }) => path === "hostName")?.message).toContain("Reload the page");
  expect(JSON.stringify(problems)).not.toContain("c2VjcmV0");
});

test("whoever may not gets the reason, and nothing is run for them", async () => {
  const run = vi.fn();
  const result = await defineAction("site.save", nobody, saveSiteInput.pick({ siteId: true }), run)({ siteId: null });
  expect(result).toMatchObject({ ok: false, problems: [{ code: "role.none" }] });
  expect(run).not.toHaveBeenCalled();
});

test("a store that cannot be used becomes a problem that says nothing was changed", async () => {
  const locked = async () => {
    throw new AppError("store.unavailable", "console.db cannot be used at the moment (SQLITE_BUSY).");
  };
  const action = defineAction("site.save", { name: "everybody", open: locked }, saveSiteInput.pick({ siteId: true }), async () => ok(null));
  expect(await action({ siteId: null })).toMatchObject({
    ok: false,
    problems: [{ path: "", code: "store.unavailable", message: expect.stringContaining("Nothing was changed") }],
  });
});

test("a failure that is not ours says neither its text nor the input", async () => {
  const run = async () => {
    throw new Error(secret);
  };
  const result = await defineAction("site.save", everybody, saveSiteInput.pick({ siteId: true }), run)({ siteId: null });
  expect(JSON.stringify(result)).not.toContain("c2VjcmV0");
  expect(result).toMatchObject({ problems: [{ code: "console.failed" }] });
});
