import { setImmediate as nextTurn } from "node:timers/promises";
import type { ConsoleContext } from "#lib/console/context.ts";
import type { LedgerVerdict } from "#lib/site/verdict.ts";
import { mostIssuers } from "#lib/store/ledger-entry.ts";
import type { BareCaller, CallerGroup } from "#lib/store/store.ts";

/** A client certificate that was shown to a site, or an address that came without one, as it was seen last. */
export type ObservedCaller = {
  fingerprint: string | null;
  name: string;
  address: string;
  lastAt: Date;
  /** It was let in when it was seen last. */
  hasAccess: boolean;
  verdict: LedgerVerdict;
  /** Fingerprints of the issuers it sent, where that was seen: not of clients that were accepted. */
  sent: string[] | null;
  /** The revision whose CAs accepted it last; null when none did. */
  acceptedBy: number | null;
  /** Of its certificate, where that is kept. */
  notBefore: Date | null;
  notAfter: Date | null;
};

export type Observed = { callers: ObservedCaller[]; since: Date | null };

const pageSize = 100;
/** A little above what the ledger keeps of one site. */
const mostGroups = 8_000;
const mostAddresses = 5_000;

/** Everybody who came to a site, of all that the ledger keeps; read in pages, so that the console answers others between them. */
export async function loadObservedCallers({ store, tenant }: Pick<ConsoleContext, "store" | "tenant">, siteId: string): Promise<Observed> {
  const byCertificate = new Map<string, CallerGroup[]>();
  const seenFrom = new Set<string>();
  let since: Date | null = null;
  let before: { lastAt: Date; id: number } | undefined;
  for (let read = 0; read < mostGroups; read += pageSize) {
    const page = await store.ledger.groups(tenant.id, { siteId, kind: "handshake", before, limit: pageSize });
    for (const group of page) {
      if (since === null || group.firstAt < since) since = group.firstAt;
      if (group.fingerprint === null) continue;
      seenFrom.add(group.lastAddress);
      byCertificate.set(group.fingerprint, [...(byCertificate.get(group.fingerprint) ?? []), group]);
    }
    before = page.at(-1);
    if (page.length < pageSize) break;
    await nextTurn();
  }
  const certificates = withoutReplaced([...byCertificate.values()]).map(asCaller);
  const bare = await store.ledger.bareCallers(tenant.id, siteId, mostAddresses);
  // An address that was never asked, and has shown a certificate since, is known by that.
  const addresses = bare.filter(({ address, verdict }) => verdict !== "CLIENT_CERT_NOT_ASKED" || !seenFrom.has(address));
  return { callers: [...certificates, ...addresses.map(asBareCaller)], since };
}

function asBareCaller({ address, verdict, isRefused, at }: BareCaller): ObservedCaller {
  const nothing = { fingerprint: null, sent: [], acceptedBy: null, notBefore: null, notAfter: null };
  return { ...nothing, name: address, address, lastAt: at, hasAccess: !isRefused, verdict };
}

function asCaller(groups: CallerGroup[]): ObservedCaller {
  const newestFirst = groups.toSorted((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
  const [last] = newestFirst;
  if (last === undefined) throw new TypeError("A certificate is kept with a group.");
  const accepted = newestFirst.find(({ verdict }) => verdict === "CLIENT_CERT_VERIFIED");
  const shown = newestFirst.find(({ verdict }) => verdict !== "CLIENT_CERT_VERIFIED");
  const { fingerprint, certificate, subject } = last;
  return {
    fingerprint,
    name: certificate?.commonName || certificate?.names || subject || fingerprint || "",
    address: last.lastAddress,
    lastAt: last.lastAt,
    hasAccess: !last.isRefused,
    verdict: last.verdict,
    sent: shown && shown.chain.length < mostIssuers ? shown.chain : null,
    acceptedBy: accepted?.lastRevision ?? null,
    notBefore: certificate?.notBefore ?? null,
    notAfter: certificate?.notAfter ?? null,
  };
}

/**
 * A certificate that ran out counts as replaced, and as nobody any more, once another for the same subject, names and uses
 * from an issuer of the same name was shown. Whoever a CA of the site has vouched for is replaced by nobody less: anybody
 * can write these names into a certificate of their own.
 */
function withoutReplaced(groupsOf: readonly CallerGroup[][]): CallerGroup[][] {
  const newestOf = (some: readonly CallerGroup[][]) =>
    new Map(
      [...Map.groupBy(some, ownerOf)].map(([owner, own]) => [owner, own.reduce((newest, groups) => Math.max(newest, lastOf(groups)), 0)]),
    );
  const [newest, newestVouched] = [newestOf(groupsOf), newestOf(groupsOf.filter(isVouchedFor))];
  return groupsOf.filter((groups) => {
    const seenLater = (isVouchedFor(groups) ? newestVouched : newest).get(ownerOf(groups)) ?? 0;
    const expiry = groups[0]?.certificate?.notAfter.getTime() ?? Number.POSITIVE_INFINITY;
    return seenLater <= lastOf(groups) || seenLater <= expiry;
  });
}

function ownerOf([group]: CallerGroup[]): string {
  const { issuer, names, extendedKeyUsage } = group?.certificate ?? {};
  return JSON.stringify([issuer, group?.subject, names, extendedKeyUsage]);
}

function lastOf(groups: CallerGroup[]): number {
  return Math.max(...groups.map(({ lastAt }) => lastAt.getTime()));
}

function isVouchedFor(groups: CallerGroup[]): boolean {
  return groups.some(({ caller }) => caller === "verified" || caller === "known");
}
