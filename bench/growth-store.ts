import { join } from "node:path";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { type KeyField, newSite, type Site } from "#lib/site/schema.ts";
import { recordAcknowledgement } from "#lib/store/acknowledgements.ts";
import { openConnection } from "#lib/store/connection.ts";
import { saveSite } from "#lib/store/save-site.ts";
import { type SealedKey, sealKey } from "#lib/store/seal.ts";
import { newSiteId } from "#lib/store/store.ts";
import type { SavedSites } from "#sensor/sites-fixture.ts";

/** A site of the bench; those that share a group share their certificates, the first 2,000 have each their own. */
export type BenchSite = { siteId: string; hostName: string; revision: number; site: Site; keys: SealedKey[] };

/** Everything the sites share. `partners` and `others` are the two CAs for clients that a save changes between. */
export type Shared = {
  partners: Identity;
  others: Identity;
  partner: Identity;
  origin: Identity;
  originAuthority: Identity;
  sensorAuthority: Identity;
  originPort: number;
};

type Group = { certificate: Identity; client: Identity; authority: Identity };

const mostGroups = 2_000;

export async function createShared(): Promise<Omit<Shared, "originPort">> {
  const partners = await createAuthority({ commonName: "Partners" });
  const originAuthority = await createAuthority({ commonName: "Origin CA" });
  return {
    partners,
    others: await createAuthority({ commonName: "Others" }),
    partner: await createClient(partners),
    originAuthority,
    origin: await createServer(originAuthority, ["origin.test"]),
    sensorAuthority: await createAuthority({ commonName: "Sensors" }),
  };
}

/** Makes sites with mTLS on both sides, ready to be stored, one after the other. */
export function createSiteMaker({ keyring }: SavedSites, shared: Shared) {
  const groups: Promise<Group>[] = [];
  let web: Promise<Identity> | undefined;
  let made = 0;
  return async (count: number): Promise<BenchSite[]> => {
    const sites: BenchSite[] = [];
    while (sites.length < count) sites.push(await make(made++));
    return sites;
  };

  async function make(index: number): Promise<BenchSite> {
    const siteId = newSiteId();
    const at = index % mostGroups;
    groups[at] ??= makeGroup(at);
    const { certificate, client, authority } = await groups[at];
    const hostName = `site-${index}.group-${at}.test`;
    const site: Site = {
      ...newSite,
      hostName,
      origin: "127.0.0.1",
      originHttpsPort: shared.originPort,
      originCaCertificates: shared.originAuthority.certificate,
      originServerName: "origin.test",
      isSslEnabled: true,
      sslCredentials: stored(certificate),
      isDownstreamMtls: true,
      downstreamMtlsCredentials: shared.partners.certificate + authority.certificate,
      isUpstreamMtls: true,
      upstreamMtlsCredentials: stored(client),
    };
    const seal = (field: KeyField, identity: Identity) => {
      const pkcs8 = identity.keys.privateKey.export({ type: "pkcs8", format: "der" });
      return sealKey(keyring.current, pkcs8, { siteId, field, publicKey: identity.publicKey });
    };
    const keys = [await seal("sslCredentials", certificate), await seal("upstreamMtlsCredentials", client)];
    return { siteId, hostName, revision: 1, site, keys };
  }

  /** A CA of its own for each group too: what a site trusts is in no other site's memory. */
  async function makeGroup(at: number): Promise<Group> {
    web ??= createAuthority({ commonName: "Web CA" });
    const certificate = await createServer(await web, [`*.group-${at}.test`]);
    const client = await createClient(shared.sensorAuthority, { commonName: `sensor-${at}` });
    return { certificate, client, authority: await createAuthority({ commonName: `CA ${at}` }) };
  }
}

function stored(identity: Identity): NonNullable<Site["sslCredentials"]> {
  return { certificates: identity.certificate, publicKey: identity.publicKey.toString("base64") };
}

/** Writes sites as served long since: one transaction for all, while nobody else uses the store. */
export function storeSites(dataDir: string, tenantId: string, sites: readonly BenchSite[]): void {
  const now = new Date();
  const open = (name: string) => openConnection(join(dataDir, name), { isReadonly: false, busyTimeoutMs: 5_000 });
  const consoleDb = open("console.db");
  const sensorDb = open("sensor.db");
  consoleDb.write((tx) => {
    for (const { siteId, site, keys } of sites) {
      const saved = saveSite(tx, { tenantId, siteId, basedOn: null, site, keys, author: "bench", address: null, now });
      if (!saved.ok) throw new Error(JSON.stringify(saved.problems));
    }
  });
  sensorDb.write((tx) => {
    for (const { siteId, revision } of sites)
      recordAcknowledgement(tx, { siteId, revision, state: "serving", problems: [], fallbackRevision: null, at: now });
  });
  consoleDb.close();
  sensorDb.close();
}

/** Saves a change of a site's settings, as the console does, and answers when it was committed (performance.now). */
export async function saveChange({ store, tenantId }: SavedSites, site: BenchSite, changes: Partial<Site>): Promise<number> {
  site.site = { ...site.site, ...changes };
  const { siteId, revision: basedOn } = site;
  const change = { tenantId, siteId, basedOn, site: site.site, keys: [], author: "bench", address: null, now: new Date() };
  const saved = await store.sites.save(change);
  if (!saved.ok) throw new Error(JSON.stringify(saved.problems));
  site.revision = saved.value.revision;
  return performance.now();
}
