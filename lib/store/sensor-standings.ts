import { asc, gt } from "drizzle-orm";
import type { Connection } from "#lib/store/connection.ts";
import { revisions } from "#lib/store/console-tables.ts";
import type { Queries } from "#lib/store/database.ts";
import { type Heartbeat, listSensors } from "#lib/store/heartbeats.ts";
import { newestChangeNumber } from "#lib/store/revisions.ts";

/** A sensor's last sign of life, held against the store as it is now. */
export type SensorStanding = Heartbeat & {
  newestChangeNumber: number;
  /** How many changes it has not applied and when the first of them was saved; null when it has applied all it could know of. */
  behind: { changes: number; since: Date } | null;
};

/** Between the start of a save, whose time a revision bears, and its commit; and between a sensor's sign of life and its last look. */
const graceMs = 1_000;

/**
 * Every sensor on record, read by a few rows of indexes. The sensors are read first: what is saved meanwhile counts against
 * nobody, because a sign of life says nothing about what was saved after it.
 */
export function sensorStandings(consoleDb: Connection, sensorDb: Connection): SensorStanding[] {
  const heartbeats = sensorDb.read(listSensors);
  return consoleDb.readTogether((queries) => {
    const newest = newestChangeNumber(queries);
    return heartbeats.map((heartbeat) => ({ ...heartbeat, newestChangeNumber: newest, behind: behindOf(queries, heartbeat, newest) }));
  });
}

function behindOf(queries: Queries, { appliedChangeNumber, at }: Heartbeat, newest: number): SensorStanding["behind"] {
  const first = queries
    .select({ savedAt: revisions.savedAt })
    .from(revisions)
    .where(gt(revisions.changeNumber, appliedChangeNumber))
    .orderBy(asc(revisions.changeNumber))
    .limit(1)
    .get();
  if (!first || first.savedAt.getTime() + graceMs > at.getTime()) return null;
  return { changes: newest - appliedChangeNumber, since: first.savedAt };
}
