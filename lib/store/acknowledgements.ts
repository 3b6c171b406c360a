import { and, desc, eq, gte, lt } from "drizzle-orm";
import type { Problem } from "#lib/site/problem.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { acknowledgements, sensors } from "#lib/store/sensor-tables.ts";

/** What the sensor made of a revision; `fallbackRevision` is what serves instead of a rejected one, null when nothing does. */
export type Acknowledgement = {
  siteId: string;
  revision: number;
  state: "serving" | "rejected";
  problems: Problem[];
  fallbackRevision: number | null;
  at: Date;
};

export type Heartbeat = {
  id: string;
  startedAt: Date;
  at: Date;
  version: string;
  appliedChangeNumber: number;
  lastError: string | null;
  /** Ids of the keyring's keys that every process of the sensor can open. */
  keyIds: string[];
};

/** Remembers the latest word on a revision. */
export function recordAcknowledgement(tx: Transaction, acknowledgement: Acknowledgement): void {
  tx.insert(acknowledgements)
    .values(acknowledgement)
    .onConflictDoUpdate({ target: [acknowledgements.siteId, acknowledgements.revision], set: acknowledgement })
    .run();
}

export function getAcknowledgement(queries: Queries, siteId: string, revision: number): Acknowledgement | null {
  const place = and(eq(acknowledgements.siteId, siteId), eq(acknowledgements.revision, revision));
  return queries.select().from(acknowledgements).where(place).get() ?? null;
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

/** A sensor's sign of life; its row is overwritten each time. */
export function recordHeartbeat(tx: Transaction, heartbeat: Heartbeat): void {
  tx.insert(sensors).values(heartbeat).onConflictDoUpdate({ target: sensors.id, set: heartbeat }).run();
}

/** The sensors that gave a sign of life since `since`. */
export function sensorsSince(queries: Queries, since: Date): Heartbeat[] {
  return queries.select().from(sensors).where(gte(sensors.at, since)).all();
}

/** When any sensor was last seen, null when none ever was. */
export function lastSeenAt(queries: Queries): Date | null {
  return queries.select({ at: sensors.at }).from(sensors).orderBy(desc(sensors.at)).limit(1).get()?.at ?? null;
}
