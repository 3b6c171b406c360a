import path from "node:path";
import { createServer, type Identity } from "#e2e/pki/authority.ts";
import type { Problem } from "#lib/site/problem.ts";
import { type KeyField, newSite, type Site } from "#lib/site/schema.ts";
import { ensureKeyring, type Keyring } from "#lib/store/keyring.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import { sealKey } from "#lib/store/seal.ts";
import { type ConsoleStore, newSiteId, openConsoleStore } from "#lib/store/store.ts";

export type SiteOptions = Partial<Site> & {
  /** Signs the site's certificate; TLS is on when given. */
  authority?: Identity;
  certificate?: Identity;
  downstream?: Identity[];
  upstream?: Identity;
};

export type SiteSave = SiteOptions & { hostName: string; siteId?: string };

/** The console's side of the store in a test: it saves sites and waits for what the sensor says of them. */
export type SavedSites = {
  readonly store: ConsoleStore;
  readonly tenantId: string;
  readonly keyring: Keyring;
  /** Saves a site and waits until the sensor has judged the revision. */
  save(options: SiteSave): Promise<{ siteId: string; revision: number }>;
  /** The same without waiting. */
  commit(options: SiteSave): Promise<{ siteId: string; revision: number }>;
  remove(siteId: string): Promise<void>;
  judged(siteId: string, revision: number): Promise<{ state: string; servingRevision: number | null; problems: Problem[] }>;
};

/** Makes the databases and the keyring of a fresh data folder, ready for a sensor. */
export async function createSites(dataDir: string): Promise<SavedSites> {
  migrateDatabases(dataDir);
  const store = openConsoleStore(dataDir);
  const keyring = await ensureKeyring(store, path.join(dataDir, "secrets.key"));
  const tenantId = (await store.tenants.byName("Default"))?.id ?? "";
  const revisions = new Map<string, number>();
  return { store, tenantId, keyring, commit, save, remove, judged };

  async function commit(wanted: SiteSave) {
    const siteId = wanted.siteId ?? newSiteId();
    const { site, keys } = await makeSite(wanted, siteId, keyring);
    const basedOn = revisions.get(siteId) ?? null;
    const saved = await store.sites.save({ tenantId, siteId, basedOn, site, keys, author: "test", address: null, now: new Date() });
    if (!saved.ok) throw new Error(JSON.stringify(saved.problems));
    revisions.set(siteId, saved.value.revision);
    return saved.value;
  }

  async function save(wanted: SiteSave) {
    const saved = await commit(wanted);
    await judged(saved.siteId, saved.revision);
    return saved;
  }

  async function remove(siteId: string): Promise<void> {
    await store.sites.remove({ tenantId, siteId, basedOn: revisions.get(siteId) ?? 0, author: "test", address: null, now: new Date() });
  }

  async function judged(siteId: string, revision: number) {
    for (;;) {
      const [state] = await store.servingStates(tenantId, [siteId]);
      if (state?.revision === revision && state.state !== "waiting") return state;
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }
}

async function makeSite(options: SiteSave, siteId: string, keyring: Keyring) {
  const { authority, certificate, downstream, upstream, siteId: _, ...fields } = options;
  const names = fields.isWildcard ? [fields.hostName, `*.${fields.hostName}`] : [fields.hostName];
  const own = certificate ?? (authority ? await createServer(authority, names) : undefined);
  const stored = (identity: Identity | undefined) =>
    identity ? { certificates: identity.certificate, publicKey: identity.publicKey.toString("base64") } : null;
  const site: Site = {
    ...newSite,
    origin: "127.0.0.1",
    originHttpPort: 9,
    originHttpsPort: 9,
    isSslEnabled: own !== undefined,
    sslCredentials: stored(own),
    isDownstreamMtls: downstream !== undefined,
    downstreamMtlsCredentials: downstream?.map((anchor) => anchor.certificate).join("") ?? "",
    isUpstreamMtls: upstream !== undefined,
    upstreamMtlsCredentials: stored(upstream),
    ...fields,
  };
  const seal = async (field: KeyField, identity: Identity | undefined) => {
    if (identity === undefined) return [];
    const pkcs8 = identity.keys.privateKey.export({ type: "pkcs8", format: "der" });
    return [await sealKey(keyring.current, pkcs8, { siteId, field, publicKey: identity.publicKey })];
  };
  return { site, keys: [...(await seal("sslCredentials", own)), ...(await seal("upstreamMtlsCredentials", upstream))] };
}
