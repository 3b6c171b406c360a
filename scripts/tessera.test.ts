import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { storeFixture, temporaryFolder } from "#lib/store/store-fixture.ts";
import { tessera } from "#scripts/tessera.ts";

/** The real command in a process of its own, as npm runs it. */
function run(dataDir: string, ...words: string[]) {
  const env = { ...process.env, DATA_DIR: dataDir };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/tessera.ts", ...words], { env, encoding: "utf8" });
  return { status, stdout, stderr };
}

test("a feature is switched for a store that is in use, and listed", async () => {
  const { dataDir, store, tenantId } = await storeFixture();
  const set = run(dataDir, "feature", "set", "Default", "site-config-mtls", "off");
  expect(set).toEqual({ status: 0, stdout: "Default: site-config-mtls off\n", stderr: "" });
  expect(await store.features.isOn(tenantId, "site-config-mtls")).toBe(false);
  expect(await store.features.list(tenantId)).toMatchObject([{ author: expect.stringContaining("(command line)") }]);
  const words = (text: string) => text.split(" ");
  expect(await tessera(words("feature set Default site-config-mtls on"), store, "ana")).toMatchObject({ exitCode: 0 });
  expect(await tessera(words("feature list Default"), store, "ana")).toEqual({ exitCode: 0, text: "Default: site-config-mtls on" });
});

test.each([
  [2, "", /Usage/],
  [2, "feature", /Usage/],
  [2, "feature set Default site-config-mtls", /Usage/],
  [2, "feature set Default site-config-mtls maybe", /"on" or "off"/],
  [2, "feature set Default warp on", /no feature warp\. Features: site-config-mtls/],
  [1, "feature set Nobody site-config-mtls on", /no tenant Nobody\. Tenants: Default/],
  [1, "feature list Nobody", /no tenant Nobody/],
  [0, "help", /Usage/],
])("answers with exit code %i to: %s", async (exitCode, line, text) => {
  const { store } = await storeFixture();
  expect(await tessera(line.split(" ").filter(Boolean), store, "ana")).toEqual({ exitCode, text: expect.stringMatching(text) });
});

test("without a database it fails with one sentence and makes nothing", () => {
  const { status, stdout, stderr } = run(temporaryFolder(), "feature", "list");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^console\.db cannot be used at the moment \(ENOENT\)\. Is DATA_DIR right.*\n$/);
});
