import { AppError } from "#lib/app-error.ts";
import { createFinePace } from "#lib/pki/pace.ts";
import { type CompiledSite, compileSite } from "#lib/site/compile.ts";
import { withoutDetails } from "#lib/site/compiled-site.ts";
import { namesOf } from "#lib/site/hostname.ts";
import { error, type Problem, type Result } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";
import { readSitePemInSlices } from "#lib/site/site-pem.ts";
import { admitsMore, writtenDemand } from "#lib/site/trust.ts";
import type { SiteChanged } from "#lib/store/changes.ts";
import type { SensorStore } from "#lib/store/store.ts";
import type { LoadedEntry as Entry, Entry as Known } from "#sensor/directory.ts";
import type { Word } from "#sensor/messages.ts";
import { createRevision, type Makers, type Revision } from "#sensor/revision.ts";
import { KeyFailure } from "#sensor/stored-keys.ts";

/** What became of a site's newest revision: what stands behind its names now, and the word on it, null when said before. */
export type Settled = { entry: Entry; word: Word | null };

export type Settling = {
  /** What stands behind the site so far in this process. */
  previous: Known | null;
  /** Leaves an acknowledged revision's keys for later. */
  isLazy: boolean;
  /** Why another worker cannot serve the revision, so that this one may not either; null when none has said so. */
  overruled: Problem[] | null;
};

export type SettleOptions = {
  store: Pick<SensorStore, "revisions"> & { acknowledgements: Pick<SensorStore["acknowledgements"], "newestServing"> };
  makers: Makers;
  now: () => Date;
};

/**
 * Brings a site's newest revision into service or decides what serves in its stead: the newest acknowledged one, unless
 * that would admit somebody whom the newest would not; then nothing does. Throws only `store.unavailable`.
 */
export function createSettler({ store, makers, now }: SettleOptions) {
  return settle;

  async function settle(change: SiteChanged, { previous, isLazy, overruled }: Settling): Promise<Settled> {
    const { siteId, revision: number } = change;
    const site = await store.revisions.get(siteId, number);
    if (overruled !== null) return reject(change, site, overruled, previous);
    const isKnownGood = isLazy && (await wasServing(siteId, number));
    const { revision, problems } = await tryRevision(siteId, number, site, isKnownGood);
    if (revision === null) return reject(change, site, problems, previous);
    const entry: Entry = { siteId, names: revision.compiled.names, newest: number, state: { kind: "serving", revision } };
    // Said already before this start; a thousand sites would cost a thousand writes for nothing new.
    if (isKnownGood && problems.length === 0) return { entry, word: null };
    return { entry, word: { siteId, revision: number, state: "serving", problems, fallbackRevision: null } };
  }

  async function reject(change: SiteChanged, site: Result<Site>, problems: Problem[], previous: Known | null): Promise<Settled> {
    const { siteId, revision: number } = change;
    const rejection: Word = { siteId, revision: number, state: "rejected", problems, fallbackRevision: null };
    const fallback = await findFallback(change, previous);
    if (fallback !== null && (await mayStandIn(fallback.compiled, site.ok ? site.value : null))) {
      const entry: Entry = { siteId, names: fallback.compiled.names, newest: number, state: { kind: "serving", revision: fallback } };
      return { entry, word: { ...rejection, fallbackRevision: fallback.number } };
    }
    // A name must never fall to a wildcard beside it because its own site cannot be read.
    const names = site.ok ? namesOf(site.value) : change.names;
    return {
      entry: { siteId, names, newest: number, state: { kind: "closed", shield: await makeShield(change, site, fallback) } },
      word: rejection,
    };
  }

  /** What cannot be looked up now counts as never said: then the keys are opened at once. */
  async function wasServing(siteId: string, number: number): Promise<boolean> {
    try {
      return (await store.acknowledgements.newestServing(siteId)) === number;
    } catch (failure) {
      if (isStoreFailure(failure)) return false;
      throw failure;
    }
  }

  async function tryRevision(
    siteId: string,
    number: number,
    site: Result<Site>,
    isLazy: boolean,
  ): Promise<{ revision: Revision | null; problems: Problem[] }> {
    const compiled = site.ok ? await compileInSlices(site.value) : site;
    if (!compiled.ok) return { revision: null, problems: compiled.problems };
    const revision = createRevision({ siteId, number, compiled: withoutDetails(compiled.value) }, makers);
    const problems = [...compiled.value.warnings];
    if (isLazy) return { revision, problems };
    try {
      await (await revision.open()).server();
      return { revision, problems };
    } catch (failure) {
      revision.retire();
      return { revision: null, problems: [...problems, problemOf(failure)] };
    }
  }

  /** Others are served between two certificates: a bundle of CAs takes hundreds of milliseconds to read. */
  async function compileInSlices(site: Site) {
    const pem = await readSitePemInSlices(site, createFinePace());
    return compileSite(site, now(), pem);
  }

  /** The newest acknowledged revision before the rejected one: the one that serves already, else the store's. */
  async function findFallback({ siteId, revision: rejected }: SiteChanged, previous: Known | null): Promise<Revision | null> {
    if (previous?.state.kind === "serving" && previous.state.revision.number < rejected) return previous.state.revision;
    const number = await store.acknowledgements.newestServing(siteId, rejected);
    if (number === null) return null;
    return (await tryRevision(siteId, number, await store.revisions.get(siteId, number), false)).revision;
  }

  /** What still shows the site's certificate while everything is answered 503: the rejected revision's own, else the fallback's. */
  async function makeShield(
    { siteId, revision: number }: SiteChanged,
    site: Result<Site>,
    fallback: Revision | null,
  ): Promise<Revision | null> {
    const withoutMtls = {
      observedUntil: null,
      isDownstreamMtls: false,
      downstreamMtlsCredentials: "",
      isUpstreamMtls: false,
      upstreamMtlsCredentials: null,
    };
    const open = site.ok && site.value.isSslEnabled ? { ...site.value, ...withoutMtls } : null;
    const own = open === null ? null : (await tryRevision(siteId, number, { ok: true, value: open }, false)).revision;
    return own ?? fallback;
  }
}

/** Of a revision that cannot be read nobody knows what it would have demanded: then nothing stands in for it. */
async function mayStandIn(fallback: CompiledSite, rejected: Site | null): Promise<boolean> {
  return rejected !== null && !admitsMore(fallback, await writtenDemand(rejected, createFinePace()));
}

/** What the page shows under which field; a store that cannot be read says nothing about the revision and is thrown on. */
function problemOf(failure: unknown): Problem {
  if (isStoreFailure(failure)) throw failure;
  if (failure instanceof KeyFailure) return error(failure.field, failure.code, failure.message);
  if (failure instanceof AppError) return error(fields[failure.code] ?? "sslCredentials", failure.code, failure.message);
  const reason = failure instanceof Error ? failure.message : String(failure);
  return error("sslCredentials", "credentials.unusable", `The platform cannot use these credentials (${reason}).`);
}

const fields: Record<string, string> = { "mtls.no-trust": "downstreamMtlsCredentials", "upstream.unusable": "upstreamMtlsCredentials" };

/** Whether a failure is the store's, which is tried again, and not the revision's, which is not. */
export function isStoreFailure(failure: unknown): boolean {
  return failure instanceof AppError && failure.code === "store.unavailable";
}
