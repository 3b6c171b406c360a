import { expect, onTestFinished, test, vi } from "vitest";
import { runAction } from "#lib/console/action.ts";
import { saveSiteInput } from "#lib/console/save-site.ts";
import { ok } from "#lib/site/problem.ts";
import { temporaryFolder } from "#lib/store/store-fixture.ts";

const secret = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----";

test("input of another shape is refused under its field and repeated nowhere", async () => {
  const run = vi.fn();
  const input = {
    siteId: null,
    basedOn: null,
    draft: { hostName: 7, sslCredentials: { change: secret }, originHttpPort: 70_000, [secret]: secret },
  };
  const result = await runAction("site.save", saveSiteInput, run, input);
  expect(run).not.toHaveBeenCalled();
  expect(result).toMatchObject({ ok: false });
  const problems = result.ok ? [] : result.problems;
  expect(problems.find(({ path }) => path === "originHttpPort")?.message).toBe("HTTP Backend Port is a whole number from 1 to 65,535.");
  expect(problems.find(({ path }) => path === "hostName")?.message).toContain("Reload the page");
  expect(JSON.stringify(problems)).not.toContain("c2VjcmV0");
});

test("a store that cannot be used becomes a problem that says nothing was changed", async () => {
  vi.stubEnv("DATA_DIR", temporaryFolder());
  onTestFinished(() => void vi.unstubAllEnvs());
  const result = await runAction("site.save", saveSiteInput.pick({ siteId: true }), async () => ok(null), { siteId: null });
  expect(result).toMatchObject({
    ok: false,
    problems: [{ path: "", code: "store.unavailable", message: expect.stringContaining("Nothing was changed") }],
  });
});
