import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { newSite } from "#lib/site/schema.ts";
import { sealKey } from "#lib/store/seal.ts";
import { newSiteId, openConsoleStore } from "#lib/store/store.ts";

/** The sites that a console shows in a benchmark, and whose they are. */
export type ConsoleSites = { tenantId: string; siteIds: string[] };

/**
 * Saves `count` sites with a certificate, a key and Downstream mTLS in a running product's data folder, and waits until the
 * sensor serves them all. They share one certificate: making thousands of keys would say nothing about the console.
 */
export async function fillWithSites(dataDir: string, count: number): Promise<ConsoleSites> {
  const store = openConsoleStore(dataDir);
  const tenantId = (await store.tenants.byName("Default"))?.id ?? "";
  const recipient = await store.keyring.recipient();
  if (recipient === null) throw new Error("The product has no keyring.");
  const { certificate, publicKey, keys } = await createServer(await createAuthority(), ["*.bench.test"]);
  const pkcs8 = keys.privateKey.export({ type: "pkcs8", format: "der" });
  const partners = await Promise.all(Array.from({ length: 20 }, (_, number) => createAuthority({ commonName: `Partner ${number} CA` })));
  const siteIds = Array.from({ length: count }, newSiteId);
  for (const [number, siteId] of siteIds.entries()) {
    const site = {
      ...newSite,
      hostName: `s${String(number).padStart(5, "0")}.bench.test`,
      origin: "127.0.0.1",
      isSslEnabled: true,
      sslCredentials: { certificates: certificate, publicKey: publicKey.toString("base64") },
      isDownstreamMtls: true,
      downstreamMtlsCredentials: partners[number % partners.length]?.certificate ?? "",
    };
    const sealed = await sealKey(recipient, pkcs8, { siteId, field: "sslCredentials", publicKey });
    const change = { tenantId, siteId, basedOn: null, author: "bench", address: null, now: new Date() };
    const saved = await store.sites.save({ ...change, site, keys: [sealed] });
    if (!saved.ok) throw new Error(JSON.stringify(saved.problems));
  }
  await untilServed(async () => (await store.servingStates(tenantId)).every(({ state }) => state === "serving"));
  store.close();
  return { tenantId, siteIds };
}

async function untilServed(isServed: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 600_000;
  while (!(await isServed())) {
    if (Date.now() > deadline) throw new Error("The sensor does not serve all sites after ten minutes.");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
