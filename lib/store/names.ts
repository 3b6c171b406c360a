import { and, asc, count, desc, eq, gt, isNull, lt, lte, notInArray, sql } from "drizzle-orm";
import { namesOf, normaliseHostName } from "#lib/site/hostname.ts";
import type { Site } from "#lib/site/schema.ts";
import { siteNames, sites } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";

/** How long a name that no site uses any more stays reserved to its tenant, in milliseconds. */
export const reservationMs = 30 * 86_400_000;

type Claim = { tenantId: string; siteId: string; now: Date };

/**
 * Takes the names of a site, lets go of those it no longer has, and answers whether all were available.
 * Every query meets at most a few index rows, however many sites there are.
 */
export function claimNames(tx: Transaction, site: Pick<Site, "hostName" | "isWildcard">, claim: Claim): boolean {
  const hostName = normaliseHostName(site.hostName);
  if (hostName === null) return false;
  const rows = namesOf({ hostName, isWildcard: site.isWildcard }).map(nameRow);
  tx.delete(siteNames).where(lte(siteNames.reservedUntil, claim.now)).run();
  if (!rows.every((row) => isAvailable(tx, row, claim))) return false;
  const kept = rows.map((row) => row.name);
  reserveOthers(tx, claim, kept);
  for (const row of rows) take(tx, row, claim);
  return true;
}

/** Lets a deleted site's names go: to nobody but its own tenant for as long as they are reserved. */
export function releaseNames(tx: Transaction, claim: Claim): void {
  reserveOthers(tx, claim, []);
}

/** A wildcard that is switched off is reserved like the names of a deleted site: its traffic was the tenant's. */
function reserveOthers(tx: Transaction, { siteId, now }: Claim, kept: string[]): void {
  tx.update(siteNames)
    .set({ reservedUntil: new Date(now.getTime() + reservationMs) })
    .where(and(eq(siteNames.siteId, siteId), isNull(siteNames.reservedUntil), notInArray(siteNames.name, kept)))
    .run();
}

function take(tx: Transaction, row: NameRow, { tenantId, siteId }: Claim): void {
  const owner = { tenantId, siteId, reservedUntil: null };
  tx.insert(siteNames)
    .values({ ...row, ...owner })
    .onConflictDoUpdate({ target: siteNames.name, set: owner })
    .run();
}

/** The site that a host name belongs to, and its tenant; null for a name that is free or only reserved. */
export function ownerOf(queries: Queries, hostName: string): { siteId: string; tenantId: string } | null {
  const isHeld = and(eq(siteNames.name, hostName), isNull(siteNames.reservedUntil));
  return queries.select({ siteId: siteNames.siteId, tenantId: siteNames.tenantId }).from(siteNames).where(isHeld).get() ?? null;
}

/** A site by its name, which is known also where its content cannot be read. */
export type SiteName = { id: string; revision: number; hostName: string };

/** Which of a tenant's sites are wanted: a part of the name in lower case, `*.` for wildcards; and of those found which part. */
export type NamesWanted = { search: string; isDescending?: boolean; limit?: number; offset?: number };

/** The sites of a tenant by name. Names are read in their index's order, so that a page costs what stands before it. */
export function listNames(queries: Queries, tenantId: string, wanted: NamesWanted): SiteName[] {
  const { search, isDescending = false, limit = -1, offset = 0 } = wanted;
  return queries
    .select({ id: sites.id, revision: sites.revision, hostName: siteNames.name })
    .from(siteNames)
    .innerJoin(sites, eq(sites.id, siteNames.siteId))
    .where(matches(tenantId, search))
    .orderBy(isDescending ? desc(siteNames.name) : asc(siteNames.name))
    .limit(limit)
    .offset(offset)
    .all();
}

/** How many sites of a tenant a search finds. */
export function countNames(queries: Queries, tenantId: string, search: string): number {
  return queries.select({ found: count() }).from(siteNames).where(matches(tenantId, search)).get()?.found ?? 0;
}

/** A wildcard stands beside the site's own name: whoever searches for its star finds that row, everybody else the name's. */
function matches(tenantId: string, search: string) {
  // The plus keeps SQLite from the index of reservations, in which nearly all names are alike.
  const isHeld = sql`+${siteNames.reservedUntil} IS NULL`;
  const isFound = search === "" ? undefined : sql`instr(${siteNames.name}, ${search}) > 0`;
  return and(eq(siteNames.tenantId, tenantId), eq(siteNames.isWildcard, search.startsWith("*")), isHeld, isFound);
}

type NameRow = { name: string; parent: string; isWildcard: boolean };

function nameRow(name: string): NameRow {
  return { name, parent: name.slice(name.indexOf(".") + 1), isWildcard: name.startsWith("*.") };
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
