import { and, desc, eq, getTableColumns, lt, sql } from "drizzle-orm";
import type { Problem } from "#lib/site/problem.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { acknowledgementCounter, acknowledgements } from "#lib/store/sensor-tables.ts";

/** What the sensor made of a revision; `fallbackRevision` is what serves instead of a rejected one, null when nothing does. */
export type Acknowledgement = {
  siteId: string;
  revision: number;
  state: "serving" | "rejected";
  problems: Problem[];
  fallbackRevision: number | null;
  at: Date;
};

/** Remembers the latest word on a revision; said again, it keeps the time at which it was said first. */
export function recordAcknowledgement(tx: Transaction, acknowledgement: Acknowledgement): void {
  const { state } = acknowledgement;
  const at = sql`CASE WHEN ${acknowledgements.state} = ${state} THEN ${acknowledgements.at} ELSE excluded.at END`;
  tx.insert(acknowledgements)
    .values(acknowledgement)
    .onConflictDoUpdate({ target: [acknowledgements.siteId, acknowledgements.revision], set: { ...acknowledgement, at } })
    .run();
  const value = acknowledgementNumber(tx) + 1;
  tx.insert(acknowledgementCounter)
    .values({ id: 1, value })
    .onConflictDoUpdate({ target: acknowledgementCounter.id, set: { value } })
    .run();
}

/** Counts the words so far: another number once something was said. */
export function acknowledgementNumber(queries: Queries): number {
  return queries.select().from(acknowledgementCounter).where(eq(acknowledgementCounter.id, 1)).get()?.value ?? 0;
}

/** The words on these revisions by site, in one statement: a list of a thousand sites asks for them every time one changes. */
export function acknowledgementsOf(
  queries: Queries,
  wanted: readonly { id: string; revision: number }[],
): ReadonlyMap<string, Acknowledgement> {
  const places = JSON.stringify(wanted.map(({ id, revision }) => [id, revision]));
  const rows = queries
    .select(getTableColumns(acknowledgements))
    .from(sql`json_each(${places}) AS wanted`)
    .innerJoin(
      acknowledgements,
      and(eq(acknowledgements.siteId, sql`wanted.value ->> 0`), eq(acknowledgements.revision, sql`wanted.value ->> 1`)),
    )
    .all();
  return new Map(rows.map((row) => [row.siteId, row]));
}

/** The newest revision of a site (below `below`) whose last word was "serving", null when there is none. */
export function newestServing(queries: Queries, siteId: string, below?: number): number | null {
  const row = queries
    .select({ revision: acknowledgements.revision })
    .from(acknowledgements)
    .where(
      and(
        eq(acknowledgements.siteId, siteId),
        eq(acknowledgements.state, "serving"),
        below === undefined ? undefined : lt(acknowledgements.revision, below),
      ),
    )
    .orderBy(desc(acknowledgements.revision))
    .limit(1)
    .get();
  return row?.revision ?? null;
}

/** The same of many sites in one statement; of each it reads an index from its newest revision down. */
export function newestServingOf(queries: Queries, siteIds: readonly string[]): ReadonlyMap<string, number> {
  const newest = sql<number | null>`(SELECT ${acknowledgements.revision} FROM ${acknowledgements}
    WHERE ${acknowledgements.siteId} = wanted.value AND ${acknowledgements.state} = 'serving'
    ORDER BY ${acknowledgements.revision} DESC LIMIT 1)`;
  const rows = queries
    .select({ siteId: sql<string>`wanted.value`, revision: newest })
    .from(sql`json_each(${JSON.stringify(siteIds)}) AS wanted`)
    .all();
  return new Map(rows.flatMap(({ siteId, revision }) => (revision === null ? [] : [[siteId, revision] as const])));
}
