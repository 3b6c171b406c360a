import { expect, test } from "vitest";
import { clientAuth, createAuthority, createClient, type Identity, serverAuth } from "#e2e/pki/authority.ts";
import { findLockedOut } from "#lib/console/locked-out.ts";
import { describeLockout, type Lockout } from "#lib/site/lockout.ts";
import type { LedgerEntry } from "#lib/store/ledger-entry.ts";
import { batchOf, entryOf, ledgerFixture } from "#lib/store/ledger-fixture.ts";
import { accepted } from "#lib/store/store-fixture.ts";

const now = new Date();
const day = 86_400_000;
const [g1, g2, issuing] = await prepare();

async function prepare() {
  const [one, two] = await Promise.all([
    createAuthority({ commonName: "Partner CA G1" }),
    createAuthority({ commonName: "Partner CA G2" }),
  ]);
  return [one, two, await createAuthority({ commonName: "Issuing CA", issuer: one })] as const;
}

/** A site whose revision 1 trusts these CAs, and what its sensor has seen. */
async function observedSite(anchors: readonly Identity[]) {
  const { store, tenantId, writer, save } = await ledgerFixture();
  const text = anchors.map(({ certificate }) => certificate).join("");
  const content = { hostName: "observed.test", isDownstreamMtls: anchors.length > 0, downstreamMtlsCredentials: text };
  const { siteId } = accepted(await save(content));
  const place = { store, tenant: { id: tenantId, name: "Default" }, now };
  return {
    siteId,
    place,
    /** A handshake with this certificate, and how it went. */
    async see(client: Identity | null, changes: Partial<LedgerEntry> = {}, chain: Identity[] = []) {
      const at = changes.at ?? now.getTime() - 1_000;
      const shown = client && {
        certificate: { fingerprint: client.fingerprint, subject: client.x509.subject },
        caller: "verified" as const,
      };
      const verdict = client ? ("CLIENT_CERT_VERIFIED" as const) : ("CLIENT_CERT_MISSING" as const);
      const fingerprints = chain.map(({ fingerprint }) => fingerprint);
      const entry = entryOf({ siteId, verdict, isRefused: false, revision: 1, ...shown, chain: fingerprints, ...changes, at });
      const certificates = [...(client ? [client] : []), ...chain].map(({ fingerprint, x509 }) => {
        return { fingerprint, siteId, caller: entry.caller, at, der: Buffer.from(x509.rawData).toString("base64") };
      });
      await writer.record(batchOf([entry], { certificates }));
    },
    async ask(draft: readonly Identity[], signal?: AbortSignal): Promise<Lockout> {
      const found = await findLockedOut(place, siteId, draft.map(({ certificate }) => certificate).join(""), signal);
      if (!found.ok) throw new Error(JSON.stringify(found.problems));
      return found.value;
    },
  };
}

const untrusted = { verdict: "CLIENT_CERT_UNTRUSTED", caller: "stranger" } as const;

test("says of a site where nobody was seen that nobody can say", async () => {
  const { ask } = await observedSite([]);
  const found = await ask([g1]);
  expect(found.since).toBeNull();
  expect(describeLockout(found)).toBe("No callers observed: nobody can say who loses access.");
});

test("counts who keeps access and who loses it, with the reasons", async () => {
  const { see, ask } = await observedSite([]);
  await see(await createClient(g2), untrusted);
  await see(await createClient(g1), untrusted);
  await see(await createClient(g1, { commonName: "other" }), untrusted);
  await see(
    await createClient(g2, { commonName: "old", notBefore: new Date(now.getTime() - 9 * day), notAfter: new Date(now.getTime() - day) }),
    untrusted,
  );
  await see(null, { address: "192.0.2.7" });
  await see(null, { address: "192.0.2.7" });
  await see(null, { address: "192.0.2.8", verdict: "CLIENT_CERT_NOT_ASKED" });
  const found = await ask([g2]);
  expect(describeLockout(found)).toBe(
    "1 of 6 known callers keeps access; 4 lose it: 2 signed by Partner CA G1, 1 expired, 1 sent no certificate; of 1 nobody can tell: never asked for a certificate.",
  );
  expect(found.listed.map(({ name, outcome }) => [name, outcome])).toEqual(
    expect.arrayContaining([
      ["192.0.2.7", "loses"],
      ["192.0.2.8", "unknown"],
    ]),
  );
  expect(found.listed.some(({ outcome }) => outcome === "keeps")).toBe(false);
});

test("a client of an intermediate that nobody saw keeps access while its CAs stay, and cannot be told when one goes", async () => {
  const { see, ask } = await observedSite([g1, g2]);
  await see(await createClient(issuing));
  expect((await ask([g1, g2, issuing])).counts).toMatchObject({ keeps: 1, unknown: 0 });
  expect((await ask([g1])).counts, "accepted by one of two, which one nobody saw").toMatchObject({ unknown: 1, loses: 0 });
});

test("a client that a removed CA signed loses access, whatever else it may send", async () => {
  const { see, ask } = await observedSite([g1, g2]);
  await see(await createClient(g1));
  await see(await createClient(g2));
  expect((await ask([g2])).counts).toEqual({ keeps: 1, loses: 1, unknown: 0, gains: 0, "stays-out": 0 });
});

test("with an intermediate in the box replaced by its root, it depends on what the client sends", async () => {
  const { see, ask } = await observedSite([issuing]);
  await see(await createClient(issuing));
  expect((await ask([g1])).counts).toMatchObject({ unknown: 1, keeps: 0 });
});

test("what a refused client sent is all that it sends", async () => {
  const { see, ask } = await observedSite([g2]);
  const refused = { ...untrusted, isRefused: true };
  await see(await createClient(issuing), refused, [issuing]);
  await see(await createClient(issuing, { commonName: "alone" }), refused);
  expect((await ask([g1])).counts).toEqual({ keeps: 0, loses: 0, unknown: 0, gains: 1, "stays-out": 1 });
});

test("a certificate that its owner has replaced is nobody any more, and an address that has shown one is known by it", async () => {
  const { see, ask } = await observedSite([]);
  const dates = { notBefore: new Date(now.getTime() - 9 * day), notAfter: new Date(now.getTime() - day) };
  await see(await createClient(g1, dates), { ...untrusted, at: now.getTime() - 2 * day });
  await see(await createClient(g1), { ...untrusted, address: "192.0.2.9" });
  await see(null, { address: "192.0.2.9", verdict: "CLIENT_CERT_NOT_ASKED" });
  expect((await ask([g1])).counts).toEqual({ keeps: 1, loses: 0, unknown: 0, gains: 0, "stays-out": 0 });
});

test("a certificate that ran out is not replaced by a stranger's with its names, nor by one for other names or uses", async () => {
  const dates = { notBefore: new Date(now.getTime() - 9 * day), notAfter: new Date(now.getTime() - day) };
  const namesake = await createAuthority({ commonName: "Partner CA G1" });
  const expired = await createClient(g1, dates);
  const later: [client: Identity, changes: Partial<LedgerEntry>][] = [
    [await createClient(namesake), { ...untrusted, isRefused: true }],
    [await createClient(g1, { names: ["other.partner.test"] }), {}],
    [await createClient(g1, { extendedKeyUsage: [clientAuth, serverAuth] }), {}],
  ];
  for (const [client, changes] of later) {
    const { see, ask } = await observedSite([g1]);
    await see(expired, { at: now.getTime() - 2 * day });
    await see(client, changes);
    expect((await ask([g1])).counts.loses, client.x509.subject).toBe(1);
  }
  const { see, ask } = await observedSite([g1]);
  await see(expired, { at: now.getTime() - 2 * day });
  await see(await createClient(g1));
  expect((await ask([g1])).counts).toMatchObject({ keeps: 1, loses: 0 });
});

test("a box in which no CA is in date lets nobody in, whatever is known of them", async () => {
  const { see, ask } = await observedSite([]);
  await see(null, { address: "192.0.2.9", verdict: "CLIENT_CERT_NOT_ASKED" });
  await see(await createClient(g1));
  const late = await createAuthority({
    commonName: "Late CA",
    notBefore: new Date(now.getTime() - 9 * day),
    notAfter: new Date(now.getTime() - day),
  });
  expect(describeLockout(await ask([late]))).toBe("0 of 2 known callers keep access; 2 lose it: no CA in the box is in date.");
});

test("refuses a box that cannot be read, and one without a CA", async () => {
  const { place, siteId } = await observedSite([]);
  const codes = async (text: string) => {
    const found = await findLockedOut(place, siteId, text);
    return found.ok ? [] : found.problems.map(({ code }) => code);
  };
  expect(await codes("")).toEqual(["mtls.no-trust"]);
  expect(await codes((await createClient(g1)).certificate)).toContain("ca.not-a-ca");
});

test("sees nothing of another tenant’s site", async () => {
  const { place, siteId, see } = await observedSite([]);
  await see(await createClient(g1), untrusted);
  const found = await findLockedOut({ ...place, tenant: { id: "of somebody else", name: "Other" } }, siteId, g1.certificate);
  expect(found.ok && found.value.counts).toMatchObject({ keeps: 0, loses: 0 });
});

test("stops when whoever asked has gone, and lets others go on meanwhile", async () => {
  const { see, ask } = await observedSite([]);
  for (let index = 0; index < 40; index += 1) await see(await createClient(g1, { commonName: `partner-${index}` }), untrusted);
  await expect(ask([g1], AbortSignal.abort())).rejects.toThrow();
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  expect((await ask([g1])).counts.keeps).toBe(40);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});
