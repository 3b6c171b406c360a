import { and, desc, eq, inArray, sql } from "drizzle-orm";
import type { Result } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";
import { revisions, sites } from "#lib/store/console-tables.ts";
import type { Queries } from "#lib/store/database.ts";
import { readContent } from "#lib/store/revisions.ts";

/** A site as its current revision has it. Content that cannot be read is a Result of its own, so that lists hold. */
export type StoredSite = { id: string; tenantId: string; revision: number; savedAt: Date; author: string; site: Result<Site> };

/** A site's row with its current revision, deleted ones too. */
export type CurrentRow = ReturnType<typeof currentRows>[number];

/** The sites of a tenant that are not deleted, all or the given ones, in no order. */
export function listSites(queries: Queries, tenantId: string, siteIds?: readonly string[]): StoredSite[] {
  const isWanted = siteIds && inArray(sites.id, [...siteIds]);
  return currentRows(queries, and(eq(sites.tenantId, tenantId), eq(sites.isDeleted, false), isWanted)).map(storedSite);
}

/** Names a tenant's newest change, empty before the first: another text once a site was made, saved or deleted. */
export function newestChangeOf(queries: Queries, tenantId: string): string {
  // The plus keeps SQLite from the index of tenants, whose rows it would all read and sort.
  const isOwn = sql`+${sites.tenantId} = ${tenantId}`;
  const changes = queries.select({ id: sites.id, revision: sites.revision }).from(sites).where(isOwn);
  const newest = changes.orderBy(desc(sites.changeNumber)).limit(1).get();
  return newest ? `${newest.id} ${newest.revision}` : "";
}

/** One site of this tenant, null when there is none or it was deleted. */
export function getSite(queries: Queries, tenantId: string, siteId: string): StoredSite | null {
  const row = getCurrentRow(queries, siteId);
  return row && row.tenantId === tenantId && !row.isDeleted ? storedSite(row) : null;
}

export function getCurrentRow(queries: Queries, siteId: string): CurrentRow | undefined {
  return currentRows(queries, eq(sites.id, siteId))[0];
}

export function currentRows(queries: Queries, where: ReturnType<typeof and>) {
  return queries
    .select({
      id: sites.id,
      tenantId: sites.tenantId,
      revision: sites.revision,
      changeNumber: sites.changeNumber,
      isDeleted: sites.isDeleted,
      savedAt: revisions.savedAt,
      author: revisions.author,
      content: revisions.content,
    })
    .from(sites)
    .innerJoin(revisions, and(eq(revisions.siteId, sites.id), eq(revisions.number, sites.revision)))
    .where(where)
    .all();
}

function storedSite(row: CurrentRow): StoredSite {
  const { id, tenantId, revision, savedAt, author } = row;
  return { id, tenantId, revision, savedAt, author, site: readContent(row.content) };
}
