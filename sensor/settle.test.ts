import { renameSync } from "node:fs";
import path from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { down, server, siteWith } from "#e2e/pki/site.ts";
import { ok } from "#lib/site/problem.ts";
import { openDatabase } from "#lib/store/database.ts";
import { fetchTls, openPlain, openTls } from "#sensor/client-fixture.ts";
import { createDialer } from "#sensor/dialer.ts";
import { createRecentUses } from "#sensor/recent-uses.ts";
import type { Revision } from "#sensor/revision.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";
import { createSettler } from "#sensor/settle.ts";
import { createUpstream } from "#sensor/upstream.ts";

let authority: Identity;
let partners: Identity;
let others: Identity;
let partner: Identity;
let certificate: Identity;

const hostName = "settled.test";

beforeAll(async () => {
  authority = await createAuthority();
  partners = await createAuthority({ commonName: "Partners" });
  others = await createAuthority({ commonName: "Others" });
  partner = await createClient(partners);
  certificate = await createServer(authority, [hostName]);
});

const overTls = async (rig: Rig, client?: Identity) =>
  (await fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: hostName, client })).status;

async function overHttp(rig: Rig): Promise<number> {
  const raw = await openPlain(rig.ports.SENSOR_HTTP_PORT);
  const { status } = await raw.get("/", hostName);
  raw.socket.destroy();
  return status;
}

async function restart(rig: Rig): Promise<void> {
  await rig.stop();
  await rig.start();
}

const alertOf = (rig: Rig) =>
  openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: hostName }).then(
    () => "a handshake",
    (error) => error.code,
  );

describe("a revision with a large bundle of CAs", () => {
  const bundleOf = async (count: number, first: Identity) => [
    first,
    ...(await Promise.all(Array.from({ length: count - 1 }, () => createAuthority({ commonName: `CA ${Math.random()}` })))),
  ];

  it("is read in slices: others are served meanwhile", async () => {
    const [site, key] = [siteWith(down((await bundleOf(150, partners)).map((one) => one.certificate).join(""))), server.keys.privateKey];
    const { dialer, store } = {
      dialer: createDialer({ originAllow: [], productPorts: () => [] }),
      store: { acknowledgements: { newestServing: async () => null }, revisions: { get: async () => ok(site) } },
    };
    const settle = createSettler({
      store,
      makers: {
        openKey: async () => key,
        createUpstream: (parts) => createUpstream({ ...parts, dialer }),
        uses: createRecentUses<Revision>({ most: 10, unusedMs: 1_000, letGo: () => true }),
        isBusy: () => false,
        createServer: async () => Object.assign(createTlsServer(), { dispose() {} }),
        now: Date.now,
      },
      now: () => new Date(),
    });
    const change = { siteId: "site", tenantId: "one", changeNumber: 1, revision: 1, isDeleted: false, names: [], committedAt: new Date() };
    let turns = 0;
    const count = () => {
      turns += 1;
      turn = setImmediate(count);
    };
    let turn = setImmediate(count);
    const settled = await settle(change, { previous: null, isLazy: false, overruled: null });
    clearImmediate(turn);
    expect(settled.word?.state).toBe("serving");
    // At once it would be two or three.
    expect(turns).toBeGreaterThan(10);
  });

  it("is judged by the former list until the new one is whole, and by nothing in between", async () => {
    await using rig = await startRig();
    const base = { hostName, certificate, downstream: [partners] };
    const { siteId } = await rig.save(base);
    const other = await createClient(others);
    const { revision } = await rig.commit({ ...base, siteId, downstream: await bundleOf(100, others) });
    let isJudged = false;
    const judged = rig.judged(siteId, revision).then((state) => {
      isJudged = true;
      return state;
    });
    const admitted = new Set<string>();
    const ask = async (name: string, client: Identity) => {
      // Null: the connection ended with the revision that it was made under.
      const answer = await fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: hostName, client }).catch(() => null);
      if (answer?.status === 200) admitted.add(`${name} by revision ${JSON.parse(answer.body).revision}`);
    };
    while (!isJudged) await Promise.all([ask("partner", partner), ask("other", other)]);
    expect(await judged).toMatchObject({ servingRevision: 2 });
    await Promise.all([ask("partner", partner), ask("other", other)]);
    expect([...admitted].filter((line) => line !== "partner by revision 1")).toEqual(["other by revision 2"]);
  });
});

describe("a revision the sensor rejects", () => {
  it("leaves the one before it serving, connections and all, also after a restart", async () => {
    await using rig = await startRig();
    const base = { hostName, certificate, downstream: [partners] };
    const { siteId } = await rig.save(base);
    const raw = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: hostName, client: partner });
    const { revision } = await rig.save({ ...base, siteId, origin: "not an origin at all" });
    const state = await rig.judged(siteId, revision);
    expect(state).toMatchObject({ state: "not-serving", servingRevision: 1 });
    expect(state.problems.length).toBeGreaterThan(0);
    expect((await raw.get("/", hostName)).status).toBe(200);
    raw.socket.destroy();
    await restart(rig);
    expect(await overTls(rig, partner)).toBe(200);
    expect(await overTls(rig)).toBe(403);
    expect(await rig.judged(siteId, revision)).toMatchObject({ state: "not-serving", servingRevision: 1 });
  });

  it.each<[string, object, object]>([
    ["the one before had downstream mTLS off", {}, { downstream: "partners" }],
    ["the one before trusts a CA that it lacks", { downstream: "both" }, { downstream: "partners" }],
    ["its own CAs cannot be read", { downstream: "partners" }, { downstream: "partners", downstreamMtlsCredentials: "none" }],
  ])("closes the site when %s, also after a restart", async (_, before, after) => {
    await using rig = await startRig();
    const anchors: Record<string, Identity[]> = { partners: [partners], both: [partners, others] };
    const options = (given: object) => {
      const { downstream, ...rest } = given as { downstream?: string };
      return { hostName, certificate, ...(downstream ? { downstream: anchors[downstream] } : {}), ...rest };
    };
    const { siteId } = await rig.save(options(before));
    const raw = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: hostName, client: partner });
    await raw.get("/", hostName);
    const { revision } = await rig.save({ ...options(after), siteId, origin: "not an origin at all" });
    expect(await rig.judged(siteId, revision)).toMatchObject({ state: "not-serving", servingRevision: null });
    await raw.closed;
    rig.forwarder.passages.length = 0;
    for (const again of [false, true]) {
      if (again) await restart(rig);
      expect([await overTls(rig, partner), await overTls(rig), await overHttp(rig)]).toEqual([503, 503, 503]);
    }
    expect(rig.forwarder.passages).toEqual([]);
    expect(rig.log).toContainEqual(expect.objectContaining({ verdict: "CREDENTIALS_UNUSABLE", siteId, status: 503 }));
    const repaired = await rig.save({ ...options(after), siteId, downstream: [partners], downstreamMtlsCredentials: partners.certificate });
    expect(await rig.judged(siteId, repaired.revision)).toMatchObject({ state: "serving" });
    expect([await overTls(rig, partner), await overTls(rig)]).toEqual([200, 403]);
  });

  it("does not hold up another site", async () => {
    await using rig = await startRig();
    await rig.save({ hostName, certificate, downstream: [partners], downstreamMtlsCredentials: "" });
    await rig.save({ hostName: "healthy.test" });
    const raw = await openPlain(rig.ports.SENSOR_HTTP_PORT);
    expect((await raw.get("/", "healthy.test")).status).toBe(200);
    raw.socket.destroy();
  });
});

describe("a key", () => {
  it("that does not fit its certificate is never used: internal_error, and 503 over HTTP", async () => {
    await using rig = await startRig();
    const foreign = { ...certificate, keys: others.keys };
    const { siteId, revision } = await rig.save({ hostName, certificate: foreign });
    expect((await rig.judged(siteId, revision)).problems).toContainEqual(
      expect.objectContaining({ code: "key.mismatch", path: "sslCredentials" }),
    );
    expect(await alertOf(rig)).toBe("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR");
    expect(await overHttp(rig)).toBe(503);
  });

  it("for the origin that does not fit closes the site behind its own certificate", async () => {
    await using rig = await startRig();
    const { siteId, revision } = await rig.save({ hostName, certificate, upstream: { ...partner, keys: others.keys } });
    expect((await rig.judged(siteId, revision)).problems).toContainEqual(
      expect.objectContaining({ code: "key.mismatch", path: "upstreamMtlsCredentials" }),
    );
    expect(await overTls(rig)).toBe(503);
  });

  it("of an acknowledged site is opened at the first hello after a restart, not before", async () => {
    let opened = 0;
    await using rig = await startRig({
      store: (store) => ({
        ...store,
        sealedKeys: {
          get: (...place) => {
            opened += 1;
            return store.sealedKeys.get(...place);
          },
        },
      }),
    });
    await rig.save({ hostName, certificate });
    await restart(rig);
    opened = 0;
    expect(await overTls(rig)).toBe(200);
    expect(await overTls(rig)).toBe(200);
    expect(opened).toBe(1);
  });
});

describe("a site that is read at its first hello", () => {
  it("and cannot be read is refused then, with a word, and its name falls to no wildcard beside it", async () => {
    await using rig = await startRig();
    const wide = await createServer(authority, ["wide.test", "*.wide.test"]);
    await rig.save({ hostName: "wide.test", isWildcard: true, certificate: wide });
    const own = await createServer(authority, ["own.wide.test"]);
    const { siteId, revision } = await rig.save({ hostName: "own.wide.test", certificate: own, downstream: [partners] });
    await rig.stop();
    const client = openDatabase(path.join(rig.dataDir, "console.db"), { isReadonly: false, busyTimeoutMs: 1_000 }).orm.$client;
    client.prepare("UPDATE revisions SET content = '{}' WHERE site_id = ?").run(siteId);
    client.close();
    await rig.start();
    const port = rig.ports.SENSOR_HTTPS_PORT;
    expect((await rig.judged(siteId, revision)).state, "nobody has looked yet").toBe("serving");
    const failure = await openTls({ port, servername: "own.wide.test" }).catch((error) => error);
    expect(failure.code).toBe("ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR");
    await expect
      .poll(() => rig.judged(siteId, revision))
      .toMatchObject({
        state: "not-serving",
        servingRevision: null,
        problems: [expect.objectContaining({ code: "revision.unreadable" })],
      });
    expect((await fetchTls({ port, servername: "other.wide.test" })).status).toBe(200);
  });

  it("over plain HTTP is read as well", async () => {
    await using rig = await startRig();
    await rig.save({ hostName, certificate, downstream: [partners] });
    await restart(rig);
    expect(await overHttp(rig)).toBe(403);
  });
});

describe("time alone", () => {
  it("stops nobody: a site whose certificate has run out is served after a restart, with a warning", async () => {
    let now = Date.now();
    await using rig = await startRig({ now: () => now });
    const { siteId, revision } = await rig.save({ hostName, certificate });
    now = new Date(certificate.x509.notAfter).getTime() + 86_400_000;
    await restart(rig);
    expect(await overTls(rig)).toBe(200);
    await expect
      .poll(async () => (await rig.judged(siteId, revision)).problems)
      .toContainEqual(expect.objectContaining({ severity: "warning" }));
    expect(await rig.judged(siteId, revision)).toMatchObject({ state: "serving" });
  });
});

describe("the databases", () => {
  const readiness = async (rig: Rig) => {
    const raw = await openPlain(rig.ports.SENSOR_ADMIN_PORT);
    const answers = [(await raw.get("/healthz", "localhost")).status, (await raw.get("/readyz", "localhost")).status];
    raw.socket.destroy();
    return answers;
  };

  it("may be missing at the start: alive, not ready, 503, and serving once they are there", async () => {
    await using rig = await startRig();
    await rig.save({ hostName, certificate });
    expect(await readiness(rig)).toEqual([200, 200]);
    await rig.stop();
    const file = path.join(rig.dataDir, "console.db");
    for (const ending of ["", "-wal", "-shm"]) renameIfThere(file + ending, `${file}${ending}.away`);
    await rig.start();
    expect(await readiness(rig)).toEqual([200, 503]);
    expect([await alertOf(rig), await overHttp(rig)]).toEqual(["ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR", 503]);
    for (const ending of ["", "-wal", "-shm"]) renameIfThere(`${file}${ending}.away`, file + ending);
    await expect.poll(() => readiness(rig)).toEqual([200, 200]);
    expect(await overTls(rig)).toBe(200);
  });

  it("may vanish while sites are served: the last revisions go on, and the heartbeat says what is wrong", async () => {
    await using rig = await startRig();
    await rig.save({ hostName, certificate });
    const file = path.join(rig.dataDir, "console.db");
    renameSync(file, `${file}.away`);
    await expect.poll(() => lastError(rig), { timeout: 5_000 }).toMatch(/console\.db/);
    expect(await overTls(rig)).toBe(200);
    expect(rig.log).toContainEqual(expect.objectContaining({ msg: "the store cannot be used, the last revisions keep serving" }));
    renameSync(`${file}.away`, file);
    await expect.poll(() => lastError(rig), { timeout: 5_000 }).toBeNull();
    expect(await overTls(rig)).toBe(200);
  });

  it("may be locked: a revision is served at once and acknowledged when the lock is gone", async () => {
    await using rig = await startRig();
    const base = { hostName, certificate };
    const { siteId } = await rig.save(base);
    const lock = openDatabase(path.join(rig.dataDir, "sensor.db"), { isReadonly: false, busyTimeoutMs: 1_000 }).orm.$client;
    lock.exec("BEGIN IMMEDIATE");
    const { revision } = await rig.commit({ ...base, siteId, downstream: [partners] });
    await expect.poll(() => overTls(rig)).toBe(403);
    await expect.poll(() => rig.log.some(({ msg }) => msg === "acknowledgements cannot be written")).toBe(true);
    lock.exec("ROLLBACK");
    lock.close();
    expect(await rig.judged(siteId, revision)).toMatchObject({ state: "serving" });
  });
});

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch {
    // A journal that SQLite has cleared away already.
  }
}

/** What goes wrong at present. */
function lastError(rig: Rig): unknown {
  const client = openDatabase(path.join(rig.dataDir, "sensor.db"), { isReadonly: true, busyTimeoutMs: 100 }).orm.$client;
  const error = client.prepare("SELECT CASE WHEN is_error_over THEN NULL ELSE last_error END FROM sensors").pluck().get();
  client.close();
  return error;
}
