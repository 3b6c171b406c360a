import { and, asc, eq, sql } from "drizzle-orm";
import type { Connection } from "#lib/store/connection.ts";
import { siteNames, sites } from "#lib/store/console-tables.ts";
import type { Queries } from "#lib/store/database.ts";
import { acknowledgements } from "#lib/store/sensor-tables.ts";

/** A site whose current revision the sensor rejected; `servingRevision` serves instead, null when nothing does. */
export type RejectedSite = { siteId: string; tenantId: string; hostName: string; revision: number; servingRevision: number | null };

/** Every tenant's, by name: who may see which is the caller's to judge. It costs rows of indexes for each rejection ever, and no more. */
export function rejectedSites(consoleDb: Connection, sensorDb: Connection): RejectedSite[] {
  const rows = sensorDb.read(listRejections).map(({ siteId, revision, fallbackRevision }) => [siteId, revision, fallbackRevision]);
  const rejections = JSON.stringify(rows);
  return rows.length === 0 ? [] : consoleDb.read((queries) => stillRejected(queries, rejections));
}

/** The words "rejected" of all time, read in an index of these alone. */
export function listRejections(queries: Queries): { siteId: string; revision: number; fallbackRevision: number | null }[] {
  const { siteId, revision, fallbackRevision } = acknowledgements;
  // The index holds for the text as it stands, not for a bound value.
  return queries
    .select({ siteId, revision, fallbackRevision })
    .from(acknowledgements)
    .where(sql`${acknowledgements.state} = 'rejected'`)
    .all();
}

/** Those of the `rejections` (JSON: site, revision, fallback) that are about a site's current revision. */
export function stillRejected(queries: Queries, rejections: string): RejectedSite[] {
  // The plus keeps SQLite from beginning with every name that is not reserved.
  return queries
    .select({
      siteId: sites.id,
      tenantId: sites.tenantId,
      hostName: siteNames.name,
      revision: sites.revision,
      servingRevision: sql<number | null>`rejection.value ->> 2`,
    })
    .from(sql`json_each(${rejections}) AS rejection`)
    .innerJoin(
      sites,
      and(eq(sites.id, sql`rejection.value ->> 0`), eq(sites.revision, sql`rejection.value ->> 1`), eq(sites.isDeleted, false)),
    )
    .innerJoin(siteNames, and(eq(siteNames.siteId, sites.id), eq(siteNames.isWildcard, false), sql`+${siteNames.reservedUntil} IS NULL`))
    .orderBy(asc(siteNames.name))
    .all();
}
