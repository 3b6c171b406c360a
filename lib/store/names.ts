import { and, eq, gt, isNull, lt, lte, notInArray } from "drizzle-orm";
import type { Site } from "#lib/site/schema.ts";
import { siteNames } from "#lib/store/console-tables.ts";
import type { Transaction } from "#lib/store/database.ts";

/** How long a name that no site uses any more stays reserved to its tenant, in milliseconds. */
export const reservationMs = 30 * 86_400_000;

type Claim = { tenantId: string; siteId: string; now: Date };

/**
 * Takes the names of a site, lets go of those it no longer has, and answers whether all were available.
 * Every query meets at most a few index rows, however many sites there are.
 */
export function claimNames(tx: Transaction, site: Pick<Site, "hostName" | "isWildcard">, claim: Claim): boolean {
  const wanted = [nameRow(site.hostName, false), ...(site.isWildcard ? [nameRow(site.hostName, true)] : [])];
  tx.delete(siteNames).where(lte(siteNames.reservedUntil, claim.now)).run();
  if (!wanted.every((row) => isAvailable(tx, row, claim))) return false;
  reserve(tx, claim, wanted.map((row) => row.name)); // biome-ignore format: one line per step
  for (const row of wanted) {
    const owner = { tenantId: claim.tenantId, siteId: claim.siteId, reservedUntil: null };
    tx.insert(siteNames)
      .values({ ...row, ...owner })
      .onConflictDoUpdate({ target: siteNames.name, set: owner })
      .run();
  }
  return true;
}

/** Lets a deleted site's names go: to nobody but its own tenant for as long as they are reserved. */
export function releaseNames(tx: Transaction, claim: Claim): void {
  reserve(tx, claim, []);
}

function reserve(tx: Transaction, { siteId, now }: Claim, kept: string[]): void {
  tx.update(siteNames)
    .set({ reservedUntil: new Date(now.getTime() + reservationMs) })
    .where(and(eq(siteNames.siteId, siteId), isNull(siteNames.reservedUntil), notInArray(siteNames.name, kept)))
    .run();
}

type NameRow = { name: string; parent: string; isWildcard: boolean };

function nameRow(hostName: string, isWildcard: boolean): NameRow {
  const host = hostName.toLowerCase().replace(/\.$/, "");
  if (isWildcard) return { name: `*.${host}`, parent: host, isWildcard };
  return { name: host, parent: host.slice(host.indexOf(".") + 1), isWildcard };
}

/** A wildcard and an exact name under it may stand beside each other in one tenant only; one name is never had twice. */
function isAvailable(tx: Transaction, row: NameRow, { tenantId, siteId }: Claim): boolean {
  const same = tx.select().from(siteNames).where(eq(siteNames.name, row.name)).get();
  if (same && same.tenantId !== tenantId) return false;
  if (same && same.siteId !== siteId && same.reservedUntil === null) return false;
  return !isCrossed(tx, row, tenantId);
}

/** Two ranges instead of `<>`: each is one step in the index, also where the tenant itself has thousands of such names. */
function isCrossed(tx: Transaction, row: NameRow, tenantId: string): boolean {
  const crossing = and(eq(siteNames.parent, row.parent), eq(siteNames.isWildcard, !row.isWildcard));
  return [lt(siteNames.tenantId, tenantId), gt(siteNames.tenantId, tenantId)].some(
    (isForeign) => tx.select({ name: siteNames.name }).from(siteNames).where(and(crossing, isForeign)).limit(1).get() !== undefined,
  );
}
