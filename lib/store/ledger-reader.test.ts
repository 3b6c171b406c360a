import { describe, expect, test } from "vitest";
import { batchOf, entryOf, ledgerFixture, noon, shown } from "#lib/store/ledger-fixture.ts";
import { accepted } from "#lib/store/store-fixture.ts";

const minute = 60_000;

async function filledLedger() {
  const fixture = await ledgerFixture();
  const { writer, siteId, store } = fixture;
  const authorship = { author: "ana", address: null, now: new Date(noon) };
  const other = accepted(await store.tenants.add("Other", authorship));
  const theirs = accepted(await fixture.save({ hostName: "theirs.test" }, { tenantId: other.id })).siteId;
  const entries = [
    shown("aa11", { siteId, address: "192.0.2.7" }),
    shown("bb22", { siteId, at: noon + minute, verdict: "CLIENT_CERT_EXPIRED", isRefused: true, caller: "known", serverName: "shop.test" }),
    entryOf({ siteId, at: noon + 2 * minute }),
    entryOf({ siteId, at: noon + 3 * minute, kind: "request", status: 403, requestId: "r-1" }),
    entryOf({ siteId, at: noon + 4 * minute, kind: "origin", verdict: "ORIGIN_TIMEOUT", status: 504, requestId: "r-2" }),
    entryOf({ siteId: theirs, requestId: "r-theirs", kind: "request" }),
    entryOf({ siteId: null, kind: "request", verdict: "REQUEST_REFUSED", status: 404, requestId: "r-nowhere", serverName: "100%.test" }),
  ];
  await writer.record(batchOf(entries));
  return { ...fixture, other, theirs };
}

describe("the list", () => {
  test("is filtered by kind, verdict, outcome, time and certificate", async () => {
    const { ledger, tenantId, siteId } = await filledLedger();
    const times = async (filter: object) =>
      (await ledger.events(tenantId, { siteId, limit: 10, ...filter })).map(({ at }) => (at.getTime() - noon) / minute);
    expect(await times({})).toEqual([4, 3, 2, 1, 0]);
    expect(await times({ kind: "handshake" })).toEqual([2, 1, 0]);
    expect(await times({ verdicts: ["CLIENT_CERT_EXPIRED", "ORIGIN_TIMEOUT"] })).toEqual([4, 1]);
    expect(await times({ isRefused: false })).toEqual([0]);
    expect(await times({ from: new Date(noon + minute), to: new Date(noon + 3 * minute) })).toEqual([2, 1]);
    expect(await times({ fingerprint: "bb22" })).toEqual([1]);
    expect(await times({ fingerprint: null })).toEqual([4, 3, 2]);
  });

  test.each([
    ["a request id", "r-1", [3]],
    ["an address", "192.0.2.7", [0]],
    ["the beginning of a fingerprint, with colons", "BB:22", [1]],
    ["a part of the subject in another case", "cn=AA", [0]],
    ["a part of the server name", "shop", [1]],
    ["a sign that SQL would take for any character", "%", []],
    ["nothing but space", "  ", [4, 3, 2, 1, 0]],
  ])("is searched by %s", async (_, text, expected) => {
    const { ledger, tenantId, siteId } = await filledLedger();
    const events = await ledger.events(tenantId, { siteId, text, limit: 10 });
    expect(events.map(({ at }) => (at.getTime() - noon) / minute)).toEqual(expected);
  });

  test("finds a percent sign where one is", async () => {
    const { ledger } = await filledLedger();
    expect(await ledger.events(null, { siteId: null, text: "0%.t", limit: 10 })).toHaveLength(1);
  });

  test("goes on where a page ended, and follows what is new in the order it came", async () => {
    const { ledger, writer, tenantId, siteId } = await filledLedger();
    const first = await ledger.events(tenantId, { siteId, limit: 2 });
    const second = await ledger.events(tenantId, { siteId, limit: 2, before: first.at(-1)?.id });
    expect([...first, ...second].map(({ at }) => (at.getTime() - noon) / minute)).toEqual([4, 3, 2, 1]);
    const newest = first[0]?.id ?? 0;
    expect(await ledger.events(tenantId, { siteId, since: newest, limit: 10 })).toEqual([]);
    await writer.record(batchOf([8, 9].map((minutes) => entryOf({ siteId, at: noon + minutes * minute }))));
    const tail = await ledger.events(tenantId, { siteId, since: newest, limit: 10 });
    expect(tail.map(({ at }) => (at.getTime() - noon) / minute)).toEqual([8, 9]);
  });

  test("is exported as a whole, page by page, up to a number", async () => {
    const { ledger, writer, tenantId, siteId } = await ledgerFixture();
    await writer.record(batchOf(Array.from({ length: 1_200 }, (_, at) => entryOf({ siteId, at: noon + at }))));
    const sizes = async (limit: number) => {
      const ids = new Set<number>();
      const pages: number[] = [];
      for await (const page of ledger.export(tenantId, { siteId, limit })) {
        pages.push(page.length);
        for (const { id } of page) ids.add(id);
      }
      return [ids.size, pages];
    };
    expect(await sizes(10_000)).toEqual([1_200, [500, 500, 200]]);
    expect(await sizes(700)).toEqual([700, [500, 200]]);
  });
});

describe("another tenant's rows", () => {
  test("are in no list, group, plot or export, and no request id finds them", async () => {
    const { ledger, tenantId, other, theirs } = await filledLedger();
    const range = { siteId: theirs, from: new Date(noon - minute), to: new Date(noon + minute), width: 60 as const };
    expect(await ledger.events(tenantId, { siteId: theirs, limit: 10 })).toEqual([]);
    expect(await ledger.groups(tenantId, { siteId: theirs, limit: 10 })).toEqual([]);
    expect(await ledger.plot(tenantId, range)).toEqual({ buckets: [], losses: { dropped: 0, evicted: 0 }, keptSince: null });
    expect(await ledger.request(tenantId, "r-theirs")).toEqual([]);
    for await (const page of ledger.export(tenantId, { siteId: theirs, limit: 10 })) expect(page).toEqual([]);
    expect(await ledger.events(other.id, { siteId: theirs, limit: 10 })).toHaveLength(1);
    expect(await ledger.request(other.id, " R-THEIRS ")).toHaveLength(1);
    expect((await ledger.plot(other.id, range)).buckets).toHaveLength(1);
  });

  test("stay theirs in the list of everything without a site, which no tenant has", async () => {
    const { ledger, tenantId, theirs } = await filledLedger();
    expect(await ledger.events(tenantId, { siteId: null, limit: 10 })).toEqual([]);
    expect(await ledger.events(null, { siteId: theirs, limit: 10 })).toEqual([]);
    expect(await ledger.events(null, { siteId: null, limit: 10 })).toEqual([
      expect.objectContaining({ siteId: null, requestId: "r-nowhere" }),
    ]);
    expect(await ledger.request(tenantId, "r-nowhere")).toEqual([expect.objectContaining({ status: 404 })]);
  });
});

test("groups come most recently seen first, page by page, and are searched", async () => {
  const { ledger, tenantId, siteId } = await filledLedger();
  const all = await ledger.groups(tenantId, { siteId, limit: 10 });
  expect(all.map(({ kind, fingerprint }) => [kind, fingerprint])).toEqual([
    ["origin", null],
    ["request", null],
    ["handshake", null],
    ["handshake", "bb22"],
    ["handshake", "aa11"],
  ]);
  const first = await ledger.groups(tenantId, { siteId, kind: "handshake", limit: 2 });
  const second = await ledger.groups(tenantId, { siteId, kind: "handshake", limit: 2, before: first.at(-1) });
  expect([...first, ...second].map(({ fingerprint }) => fingerprint)).toEqual([null, "bb22", "aa11"]);
  expect((await ledger.groups(tenantId, { siteId, text: "aa11", limit: 10 })).map(({ subject }) => subject)).toEqual(["CN=aa11"]);
});

test("the plot is in minutes or hours, and says since when rows are kept", async () => {
  const { ledger, tenantId, siteId } = await filledLedger();
  const range = { siteId, from: new Date(noon), to: new Date(noon + 60 * minute) };
  const minutes = await ledger.plot(tenantId, { ...range, width: 60 });
  expect(minutes.buckets.map(({ start }) => (start.getTime() - noon) / minute)).toEqual([0, 1, 2, 3, 4]);
  const hours = await ledger.plot(tenantId, { ...range, width: 3_600 });
  expect(hours.buckets.map(({ start, verdict }) => [start.getTime(), verdict])).toHaveLength(5);
  expect(hours.keptSince).toEqual(new Date(noon));
});
