import { X509Certificate } from "node:crypto";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import { withUnreadableDate } from "#e2e/pki/unreadable-date.ts";
import type { Caller } from "#lib/site/caller.ts";
import type { PresentedCertificate } from "#lib/store/ledger-entry.ts";
import { batchOf, entryOf, ledgerFixture, noon, shown } from "#lib/store/ledger-fixture.ts";
import type { LedgerQuotas } from "#lib/store/ledger-writer.ts";

const hour = 3_600_000;
const range = { from: new Date(noon - 24 * hour), to: new Date(noon + hour), width: 3_600 } as const;

function quotasOf(events: number, rest: Partial<LedgerQuotas> = {}): LedgerQuotas {
  const each = (count: number, lanes: number) => Array.from({ length: lanes }, () => ({ total: count, perSite: count }));
  return { events: each(events, 8), groups: each(1_000, 4), certificates: each(1_000, 4), buckets: 10_000, ...rest };
}

async function presentedBy(caller: Caller, siteId: string, commonName: string): Promise<PresentedCertificate> {
  const { certificate } = await createClient(await createAuthority(), { commonName });
  const { raw, fingerprint256 } = new X509Certificate(certificate);
  return { fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(), siteId, caller, at: noon, der: raw.toString("base64") };
}

describe("a batch", () => {
  test("is read back as it was, with its group, its bucket and its certificate's facts", async () => {
    const { writer, ledger, tenantId, siteId } = await ledgerFixture();
    const certificate = await presentedBy("known", siteId, "partner-17");
    const entry = shown(certificate.fingerprint, {
      siteId,
      verdict: "CLIENT_CERT_EXPIRED",
      isRefused: true,
      caller: "known",
      serverName: "shop.test",
      protocol: "TLSv1.3",
      cipher: "TLS_AES_256_GCM_SHA384",
      alpn: "h2",
      chain: ["aa", "bb"],
      code: "CERT_HAS_EXPIRED",
      revision: 3,
    });
    expect(await writer.record(batchOf([entry, { ...entry, at: noon + 5 }], { certificates: [certificate] }))).toEqual({
      written: 2,
      dropped: 0,
      evicted: 0,
    });
    const facts = {
      fingerprint: certificate.fingerprint,
      subject: "CN=partner-17",
      commonName: "partner-17",
      key: "EC P-256",
      isCa: false,
      extendedKeyUsage: "1.3.6.1.5.5.7.3.2",
    };
    const events = await ledger.events(tenantId, { siteId, limit: 10 });
    expect(events).toHaveLength(2);
    expect(events[1]).toMatchObject({
      at: new Date(noon),
      siteId,
      kind: "handshake",
      verdict: "CLIENT_CERT_EXPIRED",
      isRefused: true,
      caller: "known",
      serverName: "shop.test",
      protocol: "TLSv1.3",
      alpn: "h2",
      code: "CERT_HAS_EXPIRED",
      revision: 3,
      certificate: facts,
    });
    expect(await ledger.groups(tenantId, { siteId, limit: 10 })).toEqual([
      expect.objectContaining({
        count: 2,
        firstAt: new Date(noon),
        lastAt: new Date(noon + 5),
        verdict: "CLIENT_CERT_EXPIRED",
        chain: ["aa", "bb"],
        certificate: expect.objectContaining(facts),
      }),
    ]);
    expect((await ledger.plot(tenantId, { siteId, ...range })).buckets).toEqual([
      { start: new Date(noon), kind: "handshake", verdict: "CLIENT_CERT_EXPIRED", isRefused: true, count: 2 },
    ]);
    const [kept] = await ledger.certificates([certificate.fingerprint]);
    expect(kept?.der.toString("base64")).toBe(certificate.der);
  });

  test("counts on in the groups and buckets of the one before, and keeps the last chain that was sent", async () => {
    const { writer, ledger, tenantId, siteId } = await ledgerFixture();
    await writer.record(batchOf([shown("f1", { siteId, chain: ["aa"] })]));
    await writer.record(batchOf([shown("f1", { siteId, at: noon + 1_000, address: "192.0.2.9" })]));
    expect(await ledger.groups(tenantId, { siteId, limit: 10 })).toEqual([
      expect.objectContaining({ count: 2, lastAddress: "192.0.2.9", chain: ["aa"], certificate: null, subject: "CN=f1" }),
    ]);
    expect((await ledger.plot(tenantId, { siteId, ...range })).buckets).toEqual([expect.objectContaining({ count: 2 })]);
  });

  test("keeps what strangers wrote visible and short", async () => {
    const { writer, ledger, tenantId, siteId } = await ledgerFixture();
    const hostile = `a\u202eb\u0000\n\u2066${"x".repeat(400)}`;
    await writer.record(
      batchOf([entryOf({ siteId, serverName: hostile, certificate: { fingerprint: "f", subject: hostile }, reason: hostile })]),
    );
    const [event] = await ledger.events(tenantId, { siteId, limit: 1 });
    for (const text of [event?.serverName, event?.subject, event?.reason]) {
      expect(text).toMatch(/^a\\u\{202e\}b\\u\{0\}\\u\{a\}\\u\{2066\}x+…$/);
      expect(text).toHaveLength(256);
    }
  });

  test("of nothing at all, or of dropped entries alone, is no fault", async () => {
    const { writer, ledger, tenantId, siteId } = await ledgerFixture();
    await writer.record(batchOf([]));
    await writer.record(batchOf([], { dropped: [{ siteId, count: 7 }] }));
    expect((await ledger.plot(tenantId, { siteId, ...range })).losses).toEqual({ dropped: 7, evicted: 0 });
  });

  test("is not kept where nothing shall be", async () => {
    const { writer, ledger, tenantId, siteId } = await ledgerFixture({ days: 0 });
    await writer.record(batchOf([entryOf({ siteId })]));
    expect(await ledger.events(tenantId, { siteId, limit: 1 })).toEqual([]);
  });
});

describe("the bounds", () => {
  test("let no number of strangers push out a partner, accepted or refused", async () => {
    const { writer, ledger, tenantId, siteId } = await ledgerFixture({ quotas: quotasOf(50) });
    await writer.record(
      batchOf([
        shown("partner", { siteId }),
        shown("expired", { siteId, verdict: "CLIENT_CERT_EXPIRED", isRefused: true, caller: "known" }),
      ]),
    );
    for (let round = 0; round < 5; round += 1) {
      const strangers = Array.from({ length: 300 }, (_, at) =>
        shown(`stranger-${round}-${at}`, { siteId, verdict: "CLIENT_CERT_SELF_SIGNED", isRefused: true, caller: "stranger" }),
      );
      await writer.record(batchOf([...strangers, ...strangers.map(() => entryOf({ siteId }))]));
    }
    const events = await ledger.events(tenantId, { siteId, limit: 10_000 });
    const count = (caller: Caller) => events.filter((event) => event.caller === caller).length;
    expect([count("verified"), count("known"), count("stranger"), count("none")]).toEqual([1, 1, 50, 50]);
    const { losses } = await ledger.plot(tenantId, { siteId, ...range });
    expect(losses).toEqual({ dropped: 0, evicted: expect.any(Number) });
    // The last deletions are told with the next batch.
    await writer.record(batchOf([]));
    expect((await ledger.plot(tenantId, { siteId, ...range })).losses.evicted).toBe(2 * (1_500 - 50));
  });

  test("let no site push out another's rows, groups or certificates", async () => {
    const bounds = [100, 100, 100, 100].map((total) => ({ total, perSite: total }));
    const { writer, ledger, save, tenantId, siteId } = await ledgerFixture({
      quotas: quotasOf(100, { groups: bounds, certificates: bounds }),
    });
    const other = await save({ hostName: "other.test" });
    const quietId = other.ok ? other.value.siteId : "";
    const quiet = await presentedBy("stranger", quietId, "quiet");
    const stranger = { verdict: "CLIENT_CERT_UNTRUSTED", isRefused: true, caller: "stranger" } as const;
    const loud = await Promise.all(Array.from({ length: 120 }, (_, at) => presentedBy("stranger", siteId, `loud-${at}`)));
    await writer.record(batchOf([shown(quiet.fingerprint, { siteId: quietId, ...stranger })], { certificates: [quiet] }));
    for (let round = 0; round < 3; round += 1) {
      const entries = loud.map(({ fingerprint }) => shown(fingerprint, { siteId, at: noon + 1 + round, ...stranger }));
      await writer.record(batchOf(entries, { certificates: loud }));
    }
    expect(await ledger.events(tenantId, { siteId: quietId, limit: 10 })).toHaveLength(1);
    expect(await ledger.groups(tenantId, { siteId: quietId, limit: 10 })).toHaveLength(1);
    expect(await ledger.certificates([quiet.fingerprint])).toHaveLength(1);
    expect(await ledger.events(tenantId, { siteId, limit: 1_000 })).toHaveLength(99);
    expect(await ledger.groups(tenantId, { siteId, limit: 1_000 })).toHaveLength(99);
    expect(await ledger.certificates(loud.map(({ fingerprint }) => fingerprint))).toHaveLength(99);
  });

  test("hold over a restart: a new writer counts what it finds", async () => {
    const { writer, openWriter, ledger, tenantId, siteId } = await ledgerFixture({ quotas: quotasOf(20) });
    await writer.record(batchOf(Array.from({ length: 15 }, () => entryOf({ siteId }))));
    await openWriter().record(batchOf(Array.from({ length: 15 }, () => entryOf({ siteId }))));
    expect(await ledger.events(tenantId, { siteId, limit: 100 })).toHaveLength(20);
  });

  test("hold for the plot's buckets, minutes first", async () => {
    let clock = noon;
    const { writer, ledger, tenantId, siteId } = await ledgerFixture({ quotas: quotasOf(1_000, { buckets: 20 }), now: () => clock });
    for (let minute = 0; minute < 60; minute += 1) {
      clock = noon + minute * 60_000;
      await writer.record(batchOf([entryOf({ siteId, at: clock })]));
    }
    const minutes = await ledger.plot(tenantId, { siteId, ...range, width: 60 });
    expect(minutes.buckets.length).toBeLessThanOrEqual(20);
    expect((await ledger.plot(tenantId, { siteId, ...range })).buckets).toEqual([expect.objectContaining({ count: 60 })]);
  });
});

describe("a certificate", () => {
  test("is a partner's for good, whoever repeats it afterwards", async () => {
    const certificates = [1, 1, 1, 1].map(() => ({ total: 1, perSite: 1 }));
    const { writer, ledger, siteId } = await ledgerFixture({ quotas: quotasOf(100, { certificates }) });
    const partner = await presentedBy("verified", siteId, "partner");
    const another = await presentedBy("stranger", siteId, "another");
    await writer.record(batchOf([], { certificates: [partner] }));
    await writer.record(batchOf([], { certificates: [{ ...partner, caller: "stranger", siteId: "elsewhere" }, another] }));
    expect(await ledger.certificates([partner.fingerprint, another.fingerprint])).toHaveLength(2);
  });

  test("that was a stranger's becomes a partner's once it is accepted", async () => {
    const { writer, ledger, siteId } = await ledgerFixture({
      quotas: quotasOf(100, { certificates: [1, 1, 0, 0].map((total) => ({ total, perSite: total })) }),
    });
    const certificate = await presentedBy("verified", siteId, "partner");
    await writer.record(batchOf([], { certificates: [{ ...certificate, caller: "stranger" }, certificate] }));
    expect(await ledger.certificates([certificate.fingerprint])).toHaveLength(1);
  });

  test("that Node cannot read is left out, and its row stays", async () => {
    const { writer, ledger, tenantId, siteId } = await ledgerFixture();
    const broken = { fingerprint: "f1", siteId, caller: "stranger" as const, at: noon, der: "AAAA" };
    expect(await writer.record(batchOf([shown("f1", { siteId })], { certificates: [broken] }))).toMatchObject({ written: 1 });
    expect(await ledger.events(tenantId, { siteId, limit: 1 })).toEqual([
      expect.objectContaining({ fingerprint: "f1", certificate: null }),
    ]);
  });

  test("with a date that is none is left out as well, and takes no other row down with it", async () => {
    const { writer, ledger, tenantId, siteId, faults } = await ledgerFixture();
    const authority = await createAuthority();
    const { certificate } = withUnreadableDate(await createClient(authority), authority);
    const { raw } = new X509Certificate(certificate);
    const undated = { fingerprint: "f1", siteId, caller: "stranger", at: noon, der: raw.toString("base64") } as const;
    const partner = await presentedBy("verified", siteId, "partner-17");
    const entries = [shown("f1", { siteId, caller: "stranger" }), shown(partner.fingerprint, { siteId })];
    await writer.record(batchOf(entries, { certificates: [undated, partner] }));
    expect(faults).toEqual([]);
    const events = await ledger.events(tenantId, { siteId, limit: 10 });
    expect(events.map(({ certificate }) => certificate?.commonName)).toEqual(["partner-17", undefined]);
  });
});

test("a locked database costs rows, which are counted and told once it is free", async () => {
  const { writer, faults, dataDir, ledger, tenantId, siteId } = await ledgerFixture();
  await writer.record(batchOf([entryOf({ siteId })]));
  expect(faults).toEqual([]);
  const holder = new Sqlite(path.join(dataDir, "sensor.db"));
  onTestFinished(() => void holder.close());
  holder.exec("BEGIN IMMEDIATE");
  expect(await writer.record(batchOf([entryOf({ siteId }), entryOf({ siteId })]))).toEqual({ written: 0, dropped: 2, evicted: 0 });
  await writer.sweep();
  expect(faults).toEqual([expect.objectContaining({ code: "store.unavailable" })]);
  holder.exec("COMMIT");
  expect(await writer.record(batchOf([entryOf({ siteId })]))).toMatchObject({ written: 1 });
  expect(await ledger.events(tenantId, { siteId, limit: 10 })).toHaveLength(2);
  expect((await ledger.plot(tenantId, { siteId, ...range })).losses).toEqual({ dropped: 2, evicted: 0 });
});

test("everything goes after its days, in steps, and makes room in the quotas", async () => {
  let clock = noon;
  const { writer, ledger, tenantId, siteId } = await ledgerFixture({ days: 2, quotas: quotasOf(700), now: () => clock });
  const certificate = await presentedBy("verified", siteId, "partner");
  const old = Array.from({ length: 600 }, (_, at) => shown(at === 0 ? certificate.fingerprint : `f${at}`, { siteId }));
  await writer.record(batchOf(old, { certificates: [certificate] }));
  clock = noon + 47 * hour;
  await writer.sweep();
  expect(await ledger.events(tenantId, { siteId, limit: 1_000 })).toHaveLength(600);
  expect((await ledger.plot(tenantId, { siteId, ...range, width: 60 })).buckets).toEqual([]);
  clock = noon + 49 * hour;
  await writer.record(batchOf([shown("new", { siteId, at: clock })]));
  await writer.sweep();
  expect((await ledger.events(tenantId, { siteId, limit: 1_000 })).map(({ fingerprint }) => fingerprint)).toEqual(["new"]);
  expect(await ledger.groups(tenantId, { siteId, limit: 1_000 })).toHaveLength(1);
  expect(await ledger.certificates([certificate.fingerprint])).toEqual([]);
  expect((await ledger.plot(tenantId, { siteId, ...range })).buckets).toEqual([]);
  await writer.record(batchOf(Array.from({ length: 650 }, () => shown("new", { siteId, at: clock }))));
  expect(await ledger.events(tenantId, { siteId, limit: 1_000 })).toHaveLength(651);
});
