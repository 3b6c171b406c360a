import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:tls";
import { expect, it } from "vitest";
import { compiledSite, someTls } from "#e2e/forwarder.ts";
import { createDialer } from "#sensor/dialer.ts";
import { bytesInUse } from "#sensor/memory-fixture.ts";
import { createRecentUses } from "#sensor/recent-uses.ts";
import { createRevision, type Makers, type Revision } from "#sensor/revision.ts";
import type { SiteServer } from "#sensor/site-server.ts";
import { createUpstream, type Upstream } from "#sensor/upstream.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const dialer = createDialer({ originAllow: [], productPorts: () => [] });

/** Revisions whose parts are counted; `busy` holds sites with connections. */
function revisionsOf({ most = 10, ...changes }: { most?: number } & Partial<Makers> = {}) {
  const counts = { keys: 0, servers: 0, disposed: 0, upstreams: 0, destroyed: 0 };
  const made: WeakRef<object>[] = [];
  const busy = new Set<string>();
  const makers: Makers = {
    openKey: async () => {
      counts.keys += 1;
      return privateKey;
    },
    createUpstream(parts): Upstream {
      counts.upstreams += 1;
      const upstream = createUpstream({ ...parts, dialer });
      const destroy = () => {
        counts.destroyed += 1;
        upstream.destroy();
      };
      const counted = { ...upstream, destroy };
      made.push(new WeakRef(counted));
      return counted;
    },
    async createServer() {
      counts.servers += 1;
      const dispose = () => {
        counts.disposed += 1;
      };
      const server = Object.assign(createServer(), { dispose });
      made.push(new WeakRef(server));
      return server;
    },
    uses: createRecentUses<Revision>({ most, unusedMs: 1_000, letGo: (revision) => revision.release() }),
    isBusy: (siteId) => busy.has(siteId),
    now: Date.now,
    ...changes,
  };
  const create = (siteId: string) => createRevision({ siteId, number: 1, compiled: compiledSite({ tls: someTls }) }, makers);
  return { create, counts, made, busy };
}

it("a revision that is over is kept by nobody, nor is its key", async () => {
  const { create } = revisionsOf();
  const revision = create("site");
  const opened = await revision.open();
  const served = await opened.server();
  expect(await opened.server()).toBe(served);
  revision.retire();
  // A connection that was on its way still gets one; it is not kept either.
  const late = await opened.server();
  expect(late).not.toBe(served);
  expect(await opened.server()).not.toBe(late);
});

it("a revision that is released gives up server, contexts and the origin's connections, and makes them anew without opening its keys again", async () => {
  const { create, counts } = revisionsOf();
  const revision = create("site");
  const first = await (await revision.open()).server();
  expect(revision.release()).toBe(true);
  expect(counts).toEqual({ keys: 1, servers: 1, disposed: 1, upstreams: 1, destroyed: 1 });
  expect(await (await revision.open()).server()).not.toBe(first);
  expect(counts).toEqual({ keys: 1, servers: 2, disposed: 1, upstreams: 2, destroyed: 1 });
});

it("a revision is not released while a request runs on it or its site has connections", async () => {
  const { create, counts, busy } = revisionsOf();
  const revision = create("site");
  await (await revision.open()).server();
  const letGo = revision.hold();
  expect(revision.release()).toBe(false);
  letGo();
  busy.add("site");
  expect(revision.release()).toBe(false);
  expect(counts).toMatchObject({ disposed: 0, destroyed: 0 });
});

it("the server of a revision that is over is never disposed under a handshake that it may be making", async () => {
  const { create, counts, busy } = revisionsOf();
  const revision = create("site");
  await (await revision.open()).server();
  busy.add("site");
  revision.retire();
  expect(counts).toMatchObject({ disposed: 0, destroyed: 1 });
});

it("of many revisions the parts of a few are kept, and nothing holds those of the others", async () => {
  const { create, counts, made } = revisionsOf({ most: 2 });
  const revisions = ["a", "b", "c", "d", "e"].map(create);
  for (const revision of revisions) await (await revision.open()).server();
  expect(counts).toMatchObject({ servers: 5, disposed: 3, destroyed: 3 });
  await expect
    .poll(() => {
      bytesInUse();
      return made.filter((part) => part.deref() !== undefined).length;
    })
    .toBe(4);
  expect(revisions).toHaveLength(5);
});

it("whoever comes while the server is built waits for the same one, and what failed is tried again", async () => {
  const builds: PromiseWithResolvers<SiteServer>[] = [];
  const { create } = revisionsOf({
    createServer: () => {
      const build = Promise.withResolvers<SiteServer>();
      builds.push(build);
      return build.promise;
    },
  });
  const opened = await create("site").open();
  const waiting = [opened.server(), opened.server()];
  builds[0]?.reject(new Error("no such key"));
  for (const one of waiting) await expect(one).rejects.toThrow("no such key");
  const again = opened.server();
  const server = Object.assign(createServer(), { dispose() {} });
  builds[1]?.resolve(server);
  expect([await again, await opened.server(), builds.length]).toEqual([server, server, 2]);
});

it("a server that is still being built when its revision is released is disposed once it is there, and given to nobody else", async () => {
  const build = Promise.withResolvers<SiteServer>();
  let disposed = 0;
  const { create } = revisionsOf({ createServer: () => build.promise });
  const revision = create("site");
  const waiting = (await revision.open()).server();
  expect(revision.release()).toBe(true);
  const server = Object.assign(createServer(), {
    dispose() {
      disposed += 1;
    },
  });
  build.resolve(server);
  expect(await waiting).toBe(server);
  await expect.poll(() => disposed).toBe(1);
});
