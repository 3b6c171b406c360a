import type { KeyObject } from "node:crypto";
import type { Server } from "node:tls";
import type { CompiledSite } from "#lib/site/compile.ts";
import type { ServerCache } from "#sensor/server-cache.ts";
import type { OpenStoredKey } from "#sensor/stored-keys.ts";
import type { Upstream } from "#sensor/upstream.ts";

/** One revision of a site as the sensor holds it: compiled, its keys opened at first need, its TLS server built at first use. */
export type Revision = {
  readonly siteId: string;
  readonly number: number;
  readonly compiled: CompiledSite;
  /** What `open` has made; null before. */
  readonly opened: Opened | null;
  /** Opens the keys, once; throws AppError `key.…` or `store.unavailable`, and then the next call tries again. */
  open(): Promise<Opened>;
  /** Keeps the origin's connections until the returned function is called, also after `retire`. */
  hold(): () => void;
  /** No new request will come: the TLS server is given up, the origin's connections go when the last request is over. */
  retire(): void;
};

/** `server` throws what the platform says about a certificate or key it cannot use; null where the site has TLS off. */
export type Opened = { upstream: Upstream; server: () => Server | null };

/** How a revision's parts are made; the process gives the real ones, a test its own. */
export type Makers = {
  openKey: OpenStoredKey;
  createUpstream: (options: { compiled: CompiledSite; upstreamKey: KeyObject | null }) => Upstream;
  servers: ServerCache<Revision, Server>;
  createServer: (revision: Revision, key: KeyObject, isObserving: boolean) => Server;
  /** Wall clock in milliseconds, by which an observation ends. */
  now: () => number;
};

export function createRevision(site: { siteId: string; number: number; compiled: CompiledSite }, makers: Makers): Revision {
  const { siteId, compiled } = site;
  let opening: Promise<Opened> | null = null;
  let opened: Opened | null = null;
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
    retire,
  };
  return revision;

  function open(): Promise<Opened> {
    opening ??= openParts().catch((failure: unknown) => {
      opening = null;
      throw failure;
    });
    return opening;
  }

  async function openParts(): Promise<Opened> {
    const { tls } = compiled;
    const key = tls === null ? null : await makers.openKey(siteId, "sslCredentials", tls.publicKey);
    const upstreamKey =
      compiled.upstream === null ? null : await makers.openKey(siteId, "upstreamMtlsCredentials", compiled.upstream.publicKey);
    const upstream = makers.createUpstream({ compiled, upstreamKey });
    opened = { upstream, server: () => (key === null ? null : serverFor(key)) };
    return opened;
  }

  /** Kept while the revision serves: the servers of those before it, and their keys, must not crowd out the living. */
  function serverFor(key: KeyObject): Server {
    // An observation ends by the clock, without another revision: from then on a server that asks nobody takes over.
    const goesOn = compiled.observation !== null && makers.now() < compiled.observation.until;
    if (goesOn !== isObserving) makers.servers.forget(revision);
    isObserving = goesOn;
    const build = () => makers.createServer(revision, key, goesOn);
    return isRetired ? build() : makers.servers.take(revision, build);
  }

  function hold(): () => void {
    held += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      held -= 1;
      destroyWhenUnused();
    };
  }

  function retire(): void {
    isRetired = true;
    makers.servers.forget(revision);
    destroyWhenUnused();
  }

  function destroyWhenUnused(): void {
    if (isRetired && held === 0) opened?.upstream.destroy();
  }
}
