import { expect, test } from "vitest";
import { peopleFixture } from "#lib/store/people-fixture.ts";
import { failureLimits, failureWindowMs } from "#lib/store/sign-in-limits.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";

const account = { subject: "account:ana", limit: failureLimits.account };
const address = { subject: "address:192.0.2.1", limit: failureLimits.address };
const after = (now: Date, ms: number) => new Date(now.getTime() + ms);

test("after ten failures an account waits, from wherever they came, and is free again when the first of them is old", async () => {
  const { store, now } = await peopleFixture();
  const { begin } = store.accounts.attempts;
  for (let failure = 0; failure < failureLimits.account; failure++) {
    accepted(await begin([account, { ...address, subject: `address:${failure}` }], after(now, failure * 1_000)));
  }
  const refused = await begin([account, { ...address, subject: "address:fresh" }], after(now, 60_000));
  expect(codesOf(refused)).toEqual(["sign-in.limited"]);
  expect(refused).toMatchObject({ problems: [{ message: expect.stringContaining("Wait 14 minutes") }] });
  accepted(await begin([account, address], after(now, failureWindowMs)));
});

test("a hundred attempts at once are no way round the limit: each counts before it is made", async () => {
  const { store, now } = await peopleFixture();
  const all = await Promise.all(Array.from({ length: 100 }, () => store.accounts.attempts.begin([account, address], now)));
  expect(all.filter(({ ok }) => ok)).toHaveLength(failureLimits.account);
});

test("an address waits after fifty failures, whatever names were tried", async () => {
  const { store, now } = await peopleFixture();
  const tries = Array.from({ length: 60 }, (_, name) =>
    store.accounts.attempts.begin([{ ...account, subject: `account:${name}` }, address], now),
  );
  expect((await Promise.all(tries)).filter(({ ok }) => ok)).toHaveLength(failureLimits.address);
});

test("a success forgets the account's failures and its own attempt, not what its address did to others", async () => {
  const { store, now } = await peopleFixture();
  const { begin, end } = store.accounts.attempts;
  for (let failure = 0; failure < 9; failure++) accepted(await begin([account, { ...address, limit: 10 }], now));
  await end(accepted(await begin([account, { ...address, limit: 10 }], now)));
  accepted(await begin([account], now));
  accepted(await begin([{ ...address, limit: 10 }], now));
  expect(codesOf(await begin([{ ...address, limit: 10 }], now)), "nine failures and the one just made").toEqual(["sign-in.limited"]);
});

test("failures go to the audit log summed per account, address and minute; names nobody has leave nothing", async () => {
  const { store, tenantId, now, rootId, by, join } = await peopleFixture();
  const benId = await join("ben@tessera.test", [[tenantId, "Read-Only"]]);
  const { count, audit } = store.accounts.attempts;
  for (let failure = 0; failure < 5; failure++) await count("ben@tessera.test", "192.0.2.8", now);
  await count("ben@tessera.test", "192.0.2.9", now);
  await count(by.author, "192.0.2.8", after(now, 60_000));
  await count("nobody@tessera.test", "192.0.2.8", now);
  const failed = async () =>
    (await store.audit.list({ tenantId, hasGlobal: true, actions: ["session.fail"], limit: 10 }))
      .map(({ subject, address: from, detail }) => [subject, from, detail.failures])
      .sort();
  await audit(after(now, 59_000));
  expect(await failed(), "the minute is not over").toEqual([]);
  await audit(after(now, 60_000));
  await audit(after(now, 60_000));
  expect(await failed()).toEqual(
    [
      [benId, "192.0.2.8", 5],
      [benId, "192.0.2.9", 1],
    ].sort(),
  );
  await audit(after(now, 120_000));
  expect(await failed()).toContainEqual([rootId, "192.0.2.8", 1]);
});

test("a code is claimed once by the person it belongs to", async () => {
  const { store, tenantId, now, rootId, join } = await peopleFixture();
  const benId = await join("ben@tessera.test", [[tenantId, "Read-Only"]]);
  const { claimCode } = store.accounts.attempts;
  expect(await claimCode(rootId, "123456", now)).toBe(true);
  expect(await claimCode(rootId, "123456", after(now, 89_000))).toBe(false);
  expect(await claimCode(benId, "123456", now)).toBe(true);
  expect(await claimCode(rootId, "123456", after(now, 301_000)), "months later the same digits are another code").toBe(true);
});
