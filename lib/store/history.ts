import { and, desc, eq, lt } from "drizzle-orm";
import type { Result } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";
import { revisions, sites } from "#lib/store/console-tables.ts";
import type { Queries } from "#lib/store/database.ts";
import { readContent } from "#lib/store/revisions.ts";

/** One revision with who saved it and when; `restoredFrom` is the number of the revision that it brought back. */
export type PastRevision = { number: number; savedAt: Date; author: string; restoredFrom: number | null; site: Result<Site> };

/** The revisions of a tenant's site, newest first: those before `before`, or all; none for a site that is not this tenant's. */
export function listRevisions(
  queries: Queries,
  tenantId: string,
  siteId: string,
  { before, limit }: { before?: number | undefined; limit: number },
): PastRevision[] {
  const isOwn = and(eq(sites.id, siteId), eq(sites.tenantId, tenantId), eq(sites.isDeleted, false));
  const isEarlier = before === undefined ? undefined : lt(revisions.number, before);
  return queries
    .select({
      number: revisions.number,
      savedAt: revisions.savedAt,
      author: revisions.author,
      restoredFrom: revisions.restoredFrom,
      content: revisions.content,
    })
    .from(revisions)
    .innerJoin(sites, eq(sites.id, revisions.siteId))
    .where(and(isOwn, isEarlier))
    .orderBy(desc(revisions.number))
    .limit(limit)
    .all()
    .map(({ content, ...revision }) => ({ ...revision, site: readContent(content) }));
}
