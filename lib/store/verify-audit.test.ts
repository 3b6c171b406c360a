import Sqlite from "better-sqlite3";
import { expect, test } from "vitest";
import { hashOfRow } from "#lib/store/audit-chain.ts";
import { accepted, storeFixture } from "#lib/store/store-fixture.ts";

/** A log of six rows, and a way to do to the file what somebody with its rights can do. */
async function chainFixture() {
  const { dataDir, store, save } = await storeFixture();
  for (const name of ["a", "b", "c", "d"]) accepted(await save({ hostName: `${name}.test` }));
  const head = await store.audit.head();
  const verify = async (shipped?: string) => (await store.audit.verify(shipped)).faults;
  const tamper = (statement: string) => {
    const client = new Sqlite(`${dataDir}/console.db`);
    client.exec(statement);
    client.close();
  };
  return { dataDir, store, save, head, verify, tamper };
}

test("a log as it was written is whole, with and without a head from any time", async () => {
  const { store, save, head, verify } = await chainFixture();
  accepted(await save({ hostName: "later.test" }));
  expect(await store.audit.verify()).toMatchObject({ rows: 7, newest: { id: 7 }, faults: [] });
  expect(await verify(head?.hash)).toEqual([]);
});

test.each([
  ["an altered actor", "UPDATE audit_log SET actor = 'eve' WHERE id = 3", ["Row 3 was altered."]],
  ["an altered address", "UPDATE audit_log SET address = NULL WHERE id = 3", ["Row 3 was altered."]],
  ["an altered time", "UPDATE audit_log SET at = at + 1 WHERE id = 3", ["Row 3 was altered."]],
  ["another tenant", "UPDATE audit_log SET tenant_id = 'x' WHERE id = 3", ["Row 3 was altered."]],
  ["another action", "UPDATE audit_log SET action = 'site.save' WHERE id = 3", ["Row 3 was altered."]],
  ["another subject", "UPDATE audit_log SET subject = 'x' WHERE id = 3", ["Row 3 was altered."]],
  ["an altered detail", "UPDATE audit_log SET detail = '{}' WHERE id = 6", ["Row 6 was altered."]],
  ["a missing row", "DELETE FROM audit_log WHERE id = 3", ["Row 3 is missing."]],
  ["a missing beginning", "DELETE FROM audit_log WHERE id <= 2", ["Rows 1 to 2 are missing."]],
  ["a cut end", "DELETE FROM audit_log WHERE id >= 5", ["Rows 5 to 6 are missing at the end."]],
  ["an emptied log", "DELETE FROM audit_log", ["Rows 1 to 6 are missing at the end."]],
  [
    "two rows in each other's place",
    "UPDATE audit_log SET id = 9 WHERE id = 3; UPDATE audit_log SET id = 3 WHERE id = 4; UPDATE audit_log SET id = 4 WHERE id = 9",
    [expect.stringContaining("Row 3"), "Row 3 was altered.", expect.stringContaining("Row 4"), "Row 4 was altered.", expect.any(String)],
  ],
])("finds %s", async (_case, statement, faults) => {
  const { verify, tamper } = await chainFixture();
  tamper(statement);
  expect(await verify()).toEqual(faults);
});

test("finds a row that was altered and hashed anew by the row after it", async () => {
  const { store, verify, tamper } = await chainFixture();
  const tenantId = (await store.tenants.byName("Default"))?.id ?? "";
  const third = (await store.audit.list({ tenantId, hasGlobal: true, limit: 1, before: 4 }))[0];
  if (!third) throw new Error("no third row");
  const forged = { ...third, actor: "eve", detail: JSON.stringify(third.detail) };
  tamper(`UPDATE audit_log SET actor = 'eve', hash = '${hashOfRow(forged)}' WHERE id = 3`);
  expect(await verify()).toEqual(["Row 4 does not follow row 3: one of them was replaced."]);
});

test("a cut that hides its traces is found by a head that was kept elsewhere, and by nothing else", async () => {
  const { head, verify, tamper } = await chainFixture();
  tamper("DELETE FROM audit_log WHERE id >= 5; UPDATE sqlite_sequence SET seq = 4 WHERE name = 'audit_log'");
  expect(await verify()).toEqual([]);
  expect(await verify(head?.hash)).toEqual([expect.stringContaining(`No row has the head ${head?.hash}`)]);
});
