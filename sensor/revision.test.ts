import { generateKeyPairSync } from "node:crypto";
import { createServer, type Server } from "node:tls";
import { expect, it } from "vitest";
import { compiledSite, someTls } from "#e2e/forwarder.ts";
import { createDialer } from "#sensor/dialer.ts";
import { createRevision, type Revision } from "#sensor/revision.ts";
import { createServerCache } from "#sensor/server-cache.ts";
import { createUpstream } from "#sensor/upstream.ts";

const { privateKey } = generateKeyPairSync("ed25519");

it("a revision that is over is kept by nobody, nor is its key", async () => {
  const servers = createServerCache<Revision, Promise<Server>>(10);
  const dialer = createDialer({ originAllow: [], productPorts: () => [] });
  const makers = {
    openKey: async () => privateKey,
    createUpstream: (parts: Pick<Parameters<typeof createUpstream>[0], "compiled" | "upstreamKey">) => createUpstream({ ...parts, dialer }),
    servers,
    createServer: async () => createServer(),
    now: Date.now,
  };
  const revision = createRevision({ siteId: "site", number: 1, compiled: compiledSite({ tls: someTls }) }, makers);
  const opened = await revision.open();
  const served = await opened.server();
  expect(await opened.server()).toBe(served);
  revision.retire();
  // A connection that was on its way still gets one; it is not kept either.
  expect(await opened.server()).not.toBe(served);
  let isKept = true;
  servers.take(revision, async () => {
    isKept = false;
    return createServer();
  });
  expect(isKept).toBe(false);
});

it("whoever comes while the server is built waits for the same one, and what failed is tried again", async () => {
  const builds: PromiseWithResolvers<Server>[] = [];
  const dialer = createDialer({ originAllow: [], productPorts: () => [] });
  const revision = createRevision(
    { siteId: "site", number: 1, compiled: compiledSite({ tls: someTls }) },
    {
      openKey: async () => privateKey,
      createUpstream: (parts) => createUpstream({ ...parts, dialer }),
      servers: createServerCache<Revision, Promise<Server>>(10),
      createServer: () => {
        const build = Promise.withResolvers<Server>();
        builds.push(build);
        return build.promise;
      },
      now: Date.now,
    },
  );
  const opened = await revision.open();
  const waiting = [opened.server(), opened.server()];
  builds[0]?.reject(new Error("no such key"));
  for (const one of waiting) await expect(one).rejects.toThrow("no such key");
  const again = opened.server();
  const server = createServer();
  builds[1]?.resolve(server);
  expect([await again, await opened.server(), builds.length]).toEqual([server, server, 2]);
});
