import type { KeyObject } from "node:crypto";
import type { CompiledSite } from "#lib/site/compile.ts";
import type { RecentUses } from "#sensor/recent-uses.ts";
import type { SiteServer } from "#sensor/site-server.ts";
import type { OpenStoredKey } from "#sensor/stored-keys.ts";
import type { Upstream } from "#sensor/upstream.ts";

/** One revision of a site as the sensor holds it: compiled, its keys opened at first need, its TLS server built at first use. */
export type Revision = {
  readonly siteId: string;
  readonly number: number;
  readonly compiled: CompiledSite;
  /** What `open` has made; null before, and after it was released. */
  readonly opened: Opened | null;
  /** Opens the keys, once; throws AppError `key.…` or `store.unavailable`, and then the next call tries again. */
  open(): Promise<Opened>;
  /** Keeps the origin's connections until the returned function is called, also after `retire`. */
  hold(): () => void;
  /** Gives up what `open` and `server` have made, except the keys, until it is needed again; false while it is in use. */
  release(): boolean;
  /** No new request will come: the TLS server is given up, the origin's connections go when the last request is over. */
  retire(): void;
};

/** `server` rejects with what the platform says about a certificate or key it cannot use; null where the site has TLS off. */
export type Opened = { upstream: Upstream; server: () => Promise<SiteServer | null> };

/** How a revision's parts are made; the process gives the real ones, a test its own. */
export type Makers = {
  openKey: OpenStoredKey;
  createUpstream: (options: { compiled: CompiledSite; upstreamKey: KeyObject | null }) => Upstream;
  createServer: (revision: Revision, key: KeyObject, isObserving: boolean) => Promise<SiteServer>;
  /** The revisions that have made their parts: of those that are not needed, the parts are released. */
  uses: RecentUses<Revision>;
  /** Whether the site has connections, whose handshakes its server may still be making. */
  isBusy: (siteId: string) => boolean;
  /** Wall clock in milliseconds, by which an observation ends. */
  now: () => number;
};

type Keys = { key: KeyObject | null; upstreamKey: KeyObject | null };

export function createRevision(site: { siteId: string; number: number; compiled: CompiledSite }, makers: Makers): Revision {
  const { siteId, compiled } = site;
  let opening: Promise<Keys> | null = null;
  let opened: Opened | null = null;
  let server: Promise<SiteServer> | null = null;
  let isObserving = false;
  let held = 0;
  let isRetired = false;

  const revision: Revision = {
    ...site,
    get opened() {
      return opened;
    },
    open,
    hold,
    release,
    retire,
  };
  return revision;

  async function open(): Promise<Opened> {
    opening ??= openKeys().catch((failure: unknown) => {
      opening = null;
      throw failure;
    });
    const { key, upstreamKey } = await opening;
    opened ??= { upstream: makers.createUpstream({ compiled, upstreamKey }), server: async () => (key === null ? null : serverFor(key)) };
    // What is over must not crowd out the living.
    if (!isRetired) makers.uses.use(revision);
    return opened;
  }

  async function openKeys(): Promise<Keys> {
    const { tls, upstream } = compiled;
    const [key, upstreamKey] = await Promise.all([
      tls === null ? null : makers.openKey(siteId, "sslCredentials", tls.publicKey),
      upstream === null ? null : makers.openKey(siteId, "upstreamMtlsCredentials", upstream.publicKey),
    ]);
    return { key, upstreamKey };
  }

  function serverFor(key: KeyObject): Promise<SiteServer> {
    // An observation ends by the clock, without another revision: from then on a server that asks nobody takes over.
    const goesOn = compiled.observation !== null && makers.now() < compiled.observation.until;
    if (goesOn !== isObserving) server = null;
    isObserving = goesOn;
    if (isRetired) return makers.createServer(revision, key, goesOn);
    server ??= buildServer(key, goesOn);
    return server;
  }

  /** Whoever comes while it is built waits for the same one; what failed is tried again by the next. */
  function buildServer(key: KeyObject, asksClients: boolean): Promise<SiteServer> {
    const building = makers.createServer(revision, key, asksClients);
    building.catch(() => {
      if (server === building) server = null;
    });
    return building;
  }

  function hold(): () => void {
    held += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      held -= 1;
      if (isRetired && held === 0) giveUp();
    };
  }

  function release(): boolean {
    if (held > 0 || makers.isBusy(siteId)) return false;
    giveUp();
    return true;
  }

  function retire(): void {
    isRetired = true;
    makers.uses.forget(revision);
    if (held === 0) giveUp();
  }

  /** At once where nothing can run on it: a context is kilobytes outside the heap, which no garbage collector feels. */
  function giveUp(): void {
    // One that failed has nothing to give back.
    if (!makers.isBusy(siteId)) server?.then(({ dispose }) => dispose()).catch(() => {});
    server = null;
    opened?.upstream.destroy();
    opened = null;
  }
}
