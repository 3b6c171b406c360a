import { expect, test } from "vitest";
import { createAuthority, createClient, type Identity } from "#e2e/pki/authority.ts";
import { readActivityQuery, wholeActivity } from "#lib/console/activity-query.ts";
import type { ConsoleContext, PersonContext } from "#lib/console/context.ts";
import { exportActivity } from "#lib/console/export-activity.ts";
import { findRequest } from "#lib/console/find-request.ts";
import { loadActivity, loadTail } from "#lib/console/load-activity.ts";
import type { LedgerEntry, PresentedCertificate } from "#lib/store/ledger-entry.ts";
import { batchOf, entryOf, ledgerFixture, noon } from "#lib/store/ledger-fixture.ts";
import { accepted } from "#lib/store/store-fixture.ts";

const query = (text = "range=30d") => readActivityQuery(new URLSearchParams(text));
const requestId = "11111111-2222-4333-8444-555555555555";

/** A site with one CA, its ledger, and the context of somebody who reads it. */
async function fixture() {
  const stores = await ledgerFixture();
  const { store, save, tenantId } = stores;
  const root = await createAuthority({ commonName: "Partner Root" });
  const site = { isSslEnabled: true, isDownstreamMtls: true, downstreamMtlsCredentials: root.certificate };
  const { siteId } = accepted(await save({ hostName: "guarded.test", ...site }));
  const now = new Date(noon + 60_000);
  const contextIn = (id: string): ConsoleContext => ({
    store,
    tenant: { id, name: "Default" },
    role: "Read-Only",
    isChannelAdmin: false,
    hasMtlsFeature: true,
    author: "ana",
    address: null,
    now,
    recipient: null,
  });
  const write = (entries: LedgerEntry[], certificates: PresentedCertificate[] = []) =>
    stores.writer.record(batchOf(entries, { certificates }));
  return { ...stores, siteId, root, now, contextIn, context: contextIn(tenantId), write };
}

function presented(identity: Identity, siteId: string): PresentedCertificate {
  const der = Buffer.from(identity.x509.rawData).toString("base64");
  return { fingerprint: identity.fingerprint, siteId, caller: "stranger", at: noon, der };
}

const showing = (identity: Identity, siteId: string, changes: Partial<LedgerEntry> = {}) =>
  entryOf({
    siteId,
    verdict: "CLIENT_CERT_UNTRUSTED",
    caller: "stranger",
    certificate: { fingerprint: identity.fingerprint, subject: `CN=${identity.fingerprint}` },
    ...changes,
  });

test("each row is explained by the certificates that were kept and the CAs that the site has", async () => {
  const { context, siteId, root, write } = await fixture();
  const intermediate = await createAuthority({ commonName: "Unsent", issuer: root });
  const [lost, forged] = [await createClient(intermediate), await createClient(await createAuthority({ commonName: "Partner Root" }))];
  await write([showing(lost, siteId), showing(forged, siteId)], [presented(lost, siteId), presented(forged, siteId)]);
  const view = await loadActivity(context, siteId, query());
  expect(view?.events.map(({ explanation }) => explanation.kind)).toEqual(["ca-reissued", "issuer-missing"]);
  expect(view?.events[1]?.explanation.sentence).toContain("issued by “Unsent”");
  expect(new Set(view?.callers.map(({ explanation }) => explanation.kind))).toEqual(new Set(["ca-reissued", "issuer-missing"]));
  expect(view?.events[0]?.certificate).toMatchObject({ name: "partner-17", issuer: "CN=Partner Root", purposes: "clients (clientAuth)" });
});

test("an issuer that was sent along once explains the client's other rows as well", async () => {
  const { context, siteId, write } = await fixture();
  const strangers = await createAuthority({ commonName: "Strangers" });
  const client = await createClient(strangers);
  await write([showing(client, siteId, { chain: [strangers.fingerprint] })], [presented(client, siteId), presented(strangers, siteId)]);
  const view = await loadActivity(context, siteId, query());
  expect(view?.events[0]?.explanation).toMatchObject({ kind: "ca-unknown", sentence: expect.stringContaining("“Strangers”") });
});

test("failures of the origin are one row for each reason, over all clients", async () => {
  const { context, siteId, write } = await fixture();
  const [one, other] = [await createClient(await createAuthority()), await createClient(await createAuthority())];
  const failing = { kind: "origin", verdict: "ORIGIN_UNREACHABLE", status: 502 } as const;
  await write([
    showing(one, siteId, { ...failing, at: noon - 5_000, reason: "ENOTFOUND: getaddrinfo ENOTFOUND origin.test" }),
    showing(other, siteId, { ...failing, reason: "ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1" }),
    entryOf({ siteId, kind: "request", verdict: "CLIENT_CERT_MISSING", status: 403 }),
  ]);
  const view = await loadActivity(context, siteId, query());
  expect(view?.troubles).toEqual([
    expect.objectContaining({ verdict: "ORIGIN_UNREACHABLE", count: 2, lastAt: new Date(noon).toISOString(), isRefused: true }),
  ]);
  expect(view?.troubles[0]?.explanation.kind, "of the last one").toBe("origin-refused");
});

test("the events are narrowed by the query, the callers of it stay in sight where an address says nothing of them", async () => {
  const { context, siteId, root, write } = await fixture();
  const client = await createClient(root);
  await write(
    [
      showing(client, siteId, { verdict: "CLIENT_CERT_VERIFIED", isRefused: false, caller: "verified", address: "192.0.2.9" }),
      entryOf({ siteId, address: "192.0.2.1" }),
      entryOf({ siteId, kind: "request", status: 403, requestId }),
    ],
    [presented(client, siteId)],
  );
  const shown = async (text: string) =>
    (await loadActivity(context, siteId, query(`range=30d&${text}`)))?.events.map(({ verdict }) => verdict);
  expect(await shown("outcome=accepted")).toEqual(["CLIENT_CERT_VERIFIED"]);
  expect(await shown("outcome=refused&kind=handshake")).toEqual(["CLIENT_CERT_MISSING"]);
  expect(await shown(`search=${requestId}`)).toEqual(["CLIENT_CERT_MISSING"]);
  expect(await shown(`certificate=${client.fingerprint}`)).toEqual(["CLIENT_CERT_VERIFIED"]);
  expect(await shown("certificate=none&kind=request")).toEqual(["CLIENT_CERT_MISSING"]);
  expect(await shown("search=192.0.2.9")).toEqual(["CLIENT_CERT_VERIFIED"]);
  expect((await loadActivity(context, siteId, query("range=30d&search=192.0.2.9")))?.callers).toHaveLength(2);
  expect((await loadActivity(context, siteId, query(`range=30d&search=${client.fingerprint.slice(0, 12)}`)))?.callers).toHaveLength(1);
});

test("pages follow one another by id, callers by when they were last seen", async () => {
  const { context, siteId, write } = await fixture();
  const clients = Array.from({ length: 25 }, (_, index) => ({
    fingerprint: index.toString(16).padStart(64, "0"),
    subject: `CN=c${index}`,
  }));
  await write(clients.flatMap((certificate, index) => [0, 1, 2].map(() => showingNamed(certificate, siteId, noon + index))));
  const first = await loadActivity(context, siteId, query());
  expect([first?.events.length, first?.callers.length]).toEqual([50, 20]);
  const next = await loadActivity(context, siteId, {
    ...query(),
    before: first?.olderBefore ?? null,
    callersBefore: first?.callersBefore ?? null,
  });
  expect([next?.events.length, next?.olderBefore, next?.callers.length, next?.callersBefore]).toEqual([25, null, 5, null]);
  expect(new Set([...(first?.events ?? []), ...(next?.events ?? [])].map(({ id }) => id)).size).toBe(75);
});

function showingNamed(certificate: { fingerprint: string; subject: string }, siteId: string, at: number): LedgerEntry {
  return entryOf({ siteId, at, verdict: "CLIENT_CERT_UNTRUSTED", caller: "stranger", certificate });
}

test("the tail has what came since, newest first, and of a flood the newest, and says so", async () => {
  const { context, siteId, write } = await fixture();
  await write([entryOf({ siteId })]);
  const since = (await loadActivity(context, siteId, query()))?.events[0]?.id ?? 0;
  expect(await loadTail(context, siteId, query(), since)).toEqual({ events: [], isCut: false });
  await write([entryOf({ siteId, address: "192.0.2.2" }), entryOf({ siteId, address: "192.0.2.3" })]);
  const few = await loadTail(context, siteId, query(), since);
  expect([few?.isCut, few?.events.map(({ address }) => address)]).toEqual([false, ["192.0.2.3", "192.0.2.2"]]);
  await write(Array.from({ length: 150 }, (_, index) => entryOf({ siteId, address: `192.0.2.${index}` })));
  const flood = await loadTail(context, siteId, query(), since);
  expect([flood?.isCut, flood?.events.length, flood?.events[0]?.address]).toEqual([true, 100, "192.0.2.149"]);
});

test("another tenant's site is not there, for the page, the tail and the export", async () => {
  const { contextIn, store, siteId, write, now } = await fixture();
  const other = accepted(await store.tenants.add("Other", { author: "ana", address: null, now }));
  await write([entryOf({ siteId })]);
  const context = contextIn(other.id);
  expect(await loadActivity(context, siteId, query())).toBeNull();
  expect(await loadTail(context, siteId, query(), 0)).toBeNull();
  expect(await exportActivity(new Request("http://console/x"), context, siteId)).toBeNull();
});

test("both exports have every row of the query in UTC, and a spreadsheet runs nothing of them", async () => {
  const { context, siteId, root, write } = await fixture();
  const client = await createClient(root, { commonName: "=cmd|' /C calc'!A0" });
  const hostile = { serverName: "=1+1", reason: "@SUM(A1)", requestId };
  await write([showing(client, siteId, hostile), ...Array.from({ length: 620 }, () => entryOf({ siteId }))], [presented(client, siteId)]);
  const ask = async (format: string, rest = "") => {
    const answer = await exportActivity(new Request(`http://console/x?range=30d&format=${format}&before=1${rest}`), context, siteId);
    return { name: answer?.headers.get("content-disposition"), text: (await answer?.text()) ?? "" };
  };
  const csv = await ask("csv");
  expect(csv.name).toBe('attachment; filename="tessera-activity-guarded.test-2026-11-23.csv"');
  const lines = csv.text.trimEnd().split("\r\n");
  expect(lines).toHaveLength(622);
  expect(lines.at(-1)).toContain('"2026-11-23T12:00:00.000Z","handshake","refused","CLIENT_CERT_UNTRUSTED","Certificate of an unknown CA"');
  expect(lines.at(-1)).toContain(`"'=1+1"`);
  expect(csv.text).not.toMatch(/(?:^|,)"[=+@-]/m);
  const json: unknown[] = JSON.parse((await ask("json")).text);
  expect(json).toHaveLength(621);
  expect(json.at(-1)).toMatchObject({ at: "2026-11-23T12:00:00.000Z", requestId, fingerprint: client.fingerprint });
  expect(JSON.parse((await ask("json", "&search=nothing-like-it")).text)).toEqual([]);
  expect((await ask("csv", `&search=${requestId}`)).text.trimEnd().split("\r\n")).toHaveLength(2);
});

test("a request id is found at the sites that a person may see; without a site only a Channel Admin finds it", async () => {
  const { store, tenantId, siteId, write, now } = await fixture();
  const other = accepted(await store.tenants.add("Other", { author: "ana", address: null, now }));
  const bare = "99999999-2222-4333-8444-555555555555";
  await write([
    entryOf({ siteId, kind: "request", status: 403, requestId }),
    entryOf({ siteId: null, kind: "request", verdict: "REQUEST_REFUSED", status: 404, requestId: bare }),
  ]);
  const asked = (person: Pick<PersonContext["person"], "isChannelAdmin" | "memberships">, id: string) =>
    findRequest({ store, now, person: { ...nobody, ...person } }, id);
  const member = (id: string) => ({ isChannelAdmin: false, memberships: [{ tenantId: id, tenantName: "x", role: "Read-Only" as const }] });
  const all = { isChannelAdmin: true, memberships: [] };
  for (const person of [member(tenantId), all])
    expect(await asked(person, ` ${requestId.toUpperCase()} `)).toEqual([
      { site: { siteId, hostName: "guarded.test", tenantName: "Default" }, events: [expect.objectContaining({ status: 403, requestId })] },
    ]);
  expect(await asked(member(other.id), requestId)).toEqual([]);
  expect(await asked(member(tenantId), bare)).toEqual([]);
  expect(await asked(all, bare)).toEqual([{ site: null, events: [expect.objectContaining({ status: 404, requestId: bare })] }]);
  expect(await asked(all, requestId.slice(0, 8)), "a part of an id is none").toEqual([]);
});

const nobody: PersonContext["person"] = {
  id: "someone",
  email: "someone@tessera.test",
  isChannelAdmin: false,
  isDeactivated: false,
  hasTwoFactor: false,
  memberships: [],
};

test("a site that nobody has called has nothing, and says how long things would be kept", async () => {
  const { context, siteId } = await fixture();
  expect(await loadActivity(context, siteId, wholeActivity)).toMatchObject({
    hostName: "guarded.test",
    callers: [],
    troubles: [],
    events: [],
    keptDays: 30,
    plot: { series: [], keptSince: null },
  });
});
