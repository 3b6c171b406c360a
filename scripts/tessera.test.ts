import { spawnSync } from "node:child_process";
import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { readEnvironment } from "#lib/env.ts";
import { ensureConsoleSecret } from "#lib/store/console-secret.ts";
import type { ConsoleStore } from "#lib/store/store.ts";
import { accepted, storeFixture, temporaryFolder } from "#lib/store/store-fixture.ts";
import type { CommandContext } from "#scripts/tessera/command.ts";
import { tessera } from "#scripts/tessera.ts";

/** The real command in a process of its own, as npm runs it. */
function run(dataDir: string, ...words: string[]) {
  const env = { ...process.env, DATA_DIR: dataDir };
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/tessera.ts", ...words], { env, encoding: "utf8" });
  return { status, stdout, stderr };
}

function contextOf(store: ConsoleStore, dataDir: string): CommandContext {
  const authorship = { author: "ana", address: null, now: new Date() };
  return { store, environment: readEnvironment({ DATA_DIR: dataDir }), authorship };
}

test("a feature is switched for a store that is in use, and listed", async () => {
  const { dataDir, store, tenantId } = await storeFixture();
  const set = run(dataDir, "feature", "set", "Default", "site-config-mtls", "off");
  expect(set).toEqual({ status: 0, stdout: "Default: site-config-mtls off\n", stderr: "" });
  expect(await store.features.isOn(tenantId, "site-config-mtls")).toBe(false);
  expect(await store.features.list(tenantId)).toMatchObject([{ author: expect.stringContaining("(command line)") }]);
  const command = (line: string) => tessera(line.split(" "), contextOf(store, dataDir));
  expect(await command("feature set Default site-config-mtls on")).toMatchObject({ exitCode: 0 });
  expect(await command("feature list Default")).toEqual({ exitCode: 0, text: "Default: site-config-mtls on" });
});

test("a whole log is verified against a head, an altered one is refused by its row", async () => {
  const { dataDir, store, save } = await storeFixture();
  accepted(await save({ hostName: "shop.test" }));
  const head = (await store.audit.head())?.hash ?? "";
  expect(run(dataDir, "audit", "verify", "--head", head)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(new RegExp(`whole: 3 rows, newest 3 with the head ${head}\\. It holds everything`)),
  });
  const client = new Sqlite(`${dataDir}/console.db`);
  client.exec("UPDATE audit_log SET actor = 'eve' WHERE id = 2");
  client.close();
  const { status, stderr } = run(dataDir, "audit", "verify");
  expect({ status, stderr }).toEqual({ status: 1, stderr: "The audit log is not whole:\n  Row 2 was altered.\n" });
});

test.each([
  [2, "", /Usage/],
  [2, "feature", /Usage/],
  [2, "feature set Default site-config-mtls", /Usage/],
  [2, "feature set Default site-config-mtls maybe", /"on" or "off"/],
  [2, "feature set Default warp on", /no feature warp\. Features: site-config-mtls/],
  [1, "feature set Nobody site-config-mtls on", /no tenant Nobody\. Tenants: Default/],
  [1, "feature list Nobody", /no tenant Nobody/],
  [2, "feature list Default Default", /Usage/],
  [2, "audit verify --head", /Usage/],
  [2, "audit verify --head abc", /64 characters/],
  [0, "help", /Usage/],
])("answers with exit code %i to: %s", async (exitCode, line, text) => {
  const { store, dataDir } = await storeFixture();
  expect(await tessera(line.split(" ").filter(Boolean), contextOf(store, dataDir))).toEqual({
    exitCode,
    text: expect.stringMatching(text),
  });
});

test("without a database it fails with one sentence and makes nothing", () => {
  const { status, stdout, stderr } = run(temporaryFolder(), "feature", "list");
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toMatch(/^console\.db cannot be used at the moment \(ENOENT\)\. Is DATA_DIR right.*\n$/);
});

test("a user is reset from the machine, who is audited as the one who did it", async () => {
  const { dataDir, store, tenantId } = await storeFixture();
  ensureConsoleSecret(dataDir);
  const authorship = { author: "launcher", address: null, now: new Date() };
  await store.accounts.setup.addFirstAdmin({ email: "ana@tessera.test", passwordHash: "hash" }, authorship);
  const reset = run(dataDir, "user", "reset", "Ana@tessera.test", "--two-factor");
  expect(reset).toMatchObject({ status: 0, stderr: "", stdout: expect.stringMatching(/http:\/\/127\.0\.0\.1:3000\/reset#[\w-]{43}\n$/) });
  const rows = await store.audit.list({ tenantId, hasGlobal: true, actions: ["password.reset", "two-factor.reset"], limit: 10 });
  expect(rows.map(({ actor, address }) => [actor.endsWith("(command line)"), address])).toEqual([
    [true, null],
    [true, null],
  ]);
  expect(JSON.stringify(rows)).not.toContain(/reset#([\w-]+)/.exec(reset.stdout)?.[1]);
  expect(run(dataDir, "user", "demote", "ana@tessera.test")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("last Channel Admin"),
  });
  expect(run(dataDir, "user", "reset", "nobody@tessera.test")).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("There is no user"),
  });
  expect(run(dataDir, "user", "reset")).toMatchObject({ status: 2 });
});
