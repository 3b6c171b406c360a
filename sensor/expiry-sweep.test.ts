import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { createLogger } from "#lib/log.ts";
import type { Caller } from "#lib/site/caller.ts";
import { newSite, type Site } from "#lib/site/schema.ts";
import { batchOf, ledgerFixture, shown } from "#lib/store/ledger-fixture.ts";
import { accepted } from "#lib/store/store-fixture.ts";
import { createExpirySweep } from "#sensor/expiry-sweep.ts";

const day = 86_400_000;
const start = Date.UTC(2026, 10, 24, 12);
const root = await createAuthority({ commonName: "Root", notAfter: new Date(start + 900 * day) });

const endsIn = (days: number) => ({ notBefore: new Date(start - 300 * day), notAfter: new Date(start + days * day) });

function withServer(identity: Identity, changes: Partial<Site> = {}): Partial<Site> {
  const sslCredentials = { certificates: identity.certificate, publicKey: identity.publicKey.toString("base64") };
  return { isSslEnabled: true, sslCredentials, ...changes };
}

/** A real store, the sweep of a sensor over it, and both its clocks in the test's hand. */
async function sweepFixture() {
  const fixture = await ledgerFixture({ now: () => start });
  const clock = { wallMs: start, steadyMs: 0 };
  const lines: Record<string, unknown>[] = [];
  const log = createLogger("sensor", (line) => lines.push(JSON.parse(line)));
  const begin = () => createExpirySweep({ store: fixture.sensor, log, now: () => clock.wallMs, steady: () => clock.steadyMs });
  let sweep = begin();
  const revisions = new Map<string, number>();

  async function save(siteId: string, hostName: string, changes: Partial<Site>, tenantId = fixture.tenantId) {
    const basedOn = revisions.get(siteId) ?? null;
    const keys = changes.sslCredentials ? [await keyOf(siteId, changes.sslCredentials.publicKey)] : [];
    const site = { ...newSite, hostName, origin: "127.0.0.1", ...changes };
    const saved = accepted(
      await fixture.store.sites.save({ tenantId, siteId, basedOn, site, keys, author: "ana", address: null, now: new Date(start) }),
    );
    revisions.set(siteId, saved.revision);
  }

  /** The sweep needs no key: any sealing will do. */
  async function keyOf(siteId: string, publicKey: string) {
    await fixture.store.keyring.record({ id: "k", publicKey: Buffer.alloc(32) }, { author: "x", address: null, now: new Date(start) });
    const spki = Buffer.from(publicKey, "base64");
    const publicKeySha256 = createHash("sha256").update(spki).digest("hex");
    return { siteId, field: "sslCredentials" as const, publicKey: spki, publicKeySha256, sealed: Buffer.alloc(40), keyringKeyId: "k" };
  }

  async function setWebhook(tenantId = fixture.tenantId) {
    const webhook = { tenantId, id: "w", sealed: Buffer.alloc(40), keyringKeyId: "k", host: "https://hooks.test" };
    await fixture.store.keyring.record({ id: "k", publicKey: Buffer.alloc(32) }, { author: "x", address: null, now: new Date(start) });
    accepted(await fixture.store.webhooks.set(webhook, { author: "ana", address: null, now: new Date(start) }));
  }

  return {
    ...fixture,
    clock,
    save,
    setWebhook,
    /** Lets time pass on both clocks and sweeps. */
    async pass(days: number) {
      clock.wallMs += days * day;
      clock.steadyMs += days * day;
      await sweep();
    },
    sweep: () => sweep(),
    restart: () => {
      sweep = begin();
      clock.steadyMs = 0;
    },
    /** What was told since the last time: days and host names, from the log's lines. */
    told: () =>
      lines.splice(0).map(({ days, subject, siteIds }) => `${days} ${String(subject).slice(3)} ${(siteIds as string[]).join(",")}`),
    messages: async () => (await fixture.sensor.notices.due(new Date(clock.wallMs))).map(({ id, body }) => ({ id, ...JSON.parse(body) })),
  };
}

test("each threshold is told once, in the log and the store, also across restarts", async () => {
  const { save, pass, told, restart, store } = await sweepFixture();
  await save("a", "a.test", withServer(await createServer(root, ["a.test"], endsIn(61))));
  await pass(0);
  expect(told()).toEqual([]);
  const days: string[] = [];
  for (let step = 0; step < 130; step += 1) {
    if (step % 7 === 0) restart();
    await pass(0.5);
    days.push(...told());
  }
  expect(days).toEqual(["60 a.test a", "30 a.test a", "14 a.test a", "7 a.test a", "1 a.test a"]);
  expect((await store.notices.list(["a"])).map((notice) => notice.days).sort((a, b) => a - b)).toEqual([1, 7, 14, 30, 60]);
});

test("of what passed while the product was down only the most urgent is told, once", async () => {
  const { save, pass, told, restart } = await sweepFixture();
  await save("a", "a.test", withServer(await createServer(root, ["a.test"], endsIn(90))));
  await pass(0);
  restart();
  await pass(80);
  expect(told()).toEqual(["14 a.test a"]);
  await pass(0.1);
  expect(told()).toEqual([]);
  restart();
  await pass(20);
  expect(told(), "it has run out meanwhile").toEqual(["1 a.test a"]);
});

test("a certificate that was replaced is told of no more, its message is withdrawn, and the new one starts afresh", async () => {
  const { save, pass, told, setWebhook, messages } = await sweepFixture();
  await setWebhook();
  await save("a", "a.test", withServer(await createServer(root, ["a.test"], endsIn(31))));
  await pass(2);
  expect(told()).toEqual(["30 a.test a"]);
  expect(await messages()).toHaveLength(1);
  await save("a", "a.test", withServer(await createServer(root, ["a.test"], endsIn(65))));
  await pass(0);
  expect(await messages()).toEqual([]);
  await pass(20);
  expect(told()).toEqual(["60 a.test a"]);
});

test("a clock that jumps ahead tells nothing for an hour, and what a wrong clock told is told again in its time", async () => {
  const { save, sweep, pass, told, clock, restart } = await sweepFixture();
  await save("a", "a.test", withServer(await createServer(root, ["a.test"], endsIn(200))));
  await pass(0);
  clock.wallMs += 199.5 * day;
  clock.steadyMs += 120_000;
  await sweep();
  expect(told(), "the clock jumped").toEqual([]);
  // A start with a clock that is wrong from the first moment cannot be told from a long pause.
  restart();
  await sweep();
  expect(told()).toEqual(["1 a.test a"]);
  restart();
  clock.wallMs = start + 150 * day;
  await pass(0);
  expect(told()).toEqual(["60 a.test a"]);
  await pass(1);
  expect(told()).toEqual([]);
});

test("a thousand certificates that are due at once are one message to each tenant with a webhook, and it is bounded", async () => {
  const { save, pass, told, setWebhook, messages, store } = await sweepFixture();
  const other = accepted(await store.tenants.add("Other", { author: "ana", address: null, now: new Date(start) }));
  await setWebhook();
  const ca = (
    await Promise.all(Array.from({ length: 120 }, (_, index) => createAuthority({ commonName: `CA ${index}`, ...endsIn(5) })))
  ).map(({ certificate }) => certificate);
  const server = withServer(await createServer(root, ["a.test"], endsIn(300)));
  await save("a", "a.test", { ...server, isDownstreamMtls: true, downstreamMtlsCredentials: ca.join("") });
  await save("b", "b.test", withServer(await createServer(root, ["b.test"], endsIn(5))), other.id);
  await pass(0);
  expect(told()).toHaveLength(121);
  const found = await messages();
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ type: "certificates.expiring", data: { omitted: 20 } });
  expect(found[0].data.certificates).toHaveLength(100);
  expect(JSON.stringify(found)).not.toContain("b.test");
});

test("one CA of many sites is one notice that names them all", async () => {
  const { save, pass, told, setWebhook, messages } = await sweepFixture();
  await setWebhook();
  const partner = await createAuthority({ commonName: "Partner CA 2016", ...endsIn(6) });
  for (const id of ["a", "b"]) {
    const server = withServer(await createServer(root, [`${id}.test`], endsIn(300)));
    await save(id, `${id}.test`, { ...server, isDownstreamMtls: true, downstreamMtlsCredentials: partner.certificate });
  }
  await pass(0);
  expect(told()).toEqual(["7 Partner CA 2016 a,b"]);
  expect((await messages())[0].data.certificates).toEqual([
    {
      kind: "client-ca",
      name: "Partner CA 2016",
      subject: "CN=Partner CA 2016",
      fingerprint: partner.fingerprint,
      notAfter: new Date(Math.floor((start + 6 * day) / 1_000) * 1_000).toISOString(),
      thresholdDays: 7,
      consequence: "Clients of Partner CA 2016 are refused on a.test and b.test.",
      sites: [
        { id: "a", hostName: "a.test" },
        { id: "b", hostName: "b.test" },
      ],
    },
  ]);
});

test("admitted clients are told of, strangers and those who have renewed are not, and names stay text", async () => {
  const { save, pass, told, writer } = await sweepFixture();
  await save("a", "a.test", withServer(await createServer(root, ["a.test"], endsIn(300))));
  async function see(caller: Caller, commonName: string, daysLeft: number, at: number, notBefore = new Date(start - 300 * day)) {
    const { fingerprint, x509 } = await createClient(root, { commonName, notBefore, notAfter: new Date(start + daysLeft * day) });
    const entry = shown(fingerprint, { siteId: "a", caller, at });
    const der = Buffer.from(x509.rawData).toString("base64");
    await writer.record(batchOf([entry], { certificates: [{ fingerprint, siteId: "a", caller, at, der }] }));
  }
  await see("verified", "<img src=x>\u202Eevil", 10, start);
  await see("stranger", "stranger", 10, start);
  await see("verified", "renewed", 10, start - 2 * day);
  await see("verified", "renewed", 200, start - day);
  // One of many that a program renews every hour.
  await see("verified", "short-lived", 0.04, start, new Date(start - 60_000));
  await pass(0);
  expect(told(), "a site that demands no certificate misses none").toEqual([]);
  const server = withServer(await createServer(root, ["a.test"], endsIn(300)));
  const authority = (await createAuthority({ commonName: "Lasting CA", ...endsIn(900) })).certificate;
  await save("a", "a.test", { ...server, isDownstreamMtls: true, downstreamMtlsCredentials: authority });
  await pass(0.01);
  expect(told()).toEqual(["14 \\<img src=x\\>\\u{202e}evil a"]);
});

test("a site that cannot be read, or that is deleted, is told of no more, and the others are", async () => {
  const { save, pass, told, store, tenantId } = await sweepFixture();
  for (const id of ["a", "b"]) await save(id, `${id}.test`, withServer(await createServer(root, [`${id}.test`], endsIn(35))));
  await pass(0);
  expect(told()).toHaveLength(2);
  accepted(await store.sites.remove({ tenantId, siteId: "a", basedOn: 1, author: "ana", address: null, now: new Date(start) }));
  await pass(10);
  expect(told()).toEqual(["30 b.test b"]);
});
