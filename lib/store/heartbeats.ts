import { and, desc, gte, isNull, lt } from "drizzle-orm";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { sensors } from "#lib/store/sensor-tables.ts";

/** A sensor's sign of life, given once a second. */
export type Heartbeat = {
  id: string;
  startedAt: Date;
  at: Date;
  /** The last sign of life while a worker served, null when none ever did. */
  servingAt: Date | null;
  /** When it was asked to stop, null while it was not. */
  stoppedAt: Date | null;
  version: string;
  workersWanted: number;
  workersServing: number;
  /** Workers that ended unasked since the start. */
  workersLost: number;
  /** Clients' connections that are open. */
  connections: number;
  /** Of the newest change that every worker has brought into service or rejected. */
  appliedChangeNumber: number;
  /** What went wrong last, as a sentence with the next step; null when nothing did since the start. */
  lastError: string | null;
  lastErrorAt: Date | null;
  isErrorOver: boolean;
  /** Ids of the keyring's keys that every process of the sensor can open. */
  keyIds: string[];
};

/** A sensor whose last sign of life is older than this is not believed to serve anything. */
export const patienceMs = 3_000;

/** How long a sensor that gives no sign of life stays on record beside one that does. */
const keptMs = 7 * 86_400_000;

/** A sensor's row is overwritten each time; rows of those that are long gone go with it. */
export function recordHeartbeat(tx: Transaction, heartbeat: Heartbeat): void {
  tx.insert(sensors).values(heartbeat).onConflictDoUpdate({ target: sensors.id, set: heartbeat }).run();
  tx.delete(sensors)
    .where(lt(sensors.at, new Date(heartbeat.at.getTime() - keptMs)))
    .run();
}

/** All sensors on record, the last one heard of first. */
export function listSensors(queries: Queries): Heartbeat[] {
  return queries.select().from(sensors).orderBy(desc(sensors.at)).all();
}

/** The sensors that served until `patienceMs` before `now` at least. */
export function liveSensors(queries: Queries, now: Date): Heartbeat[] {
  const since = new Date(now.getTime() - patienceMs);
  return queries
    .select()
    .from(sensors)
    .where(and(isNull(sensors.stoppedAt), gte(sensors.servingAt, since)))
    .all();
}

/** When a sensor was last seen serving, null when none ever was, and whether one still is believed to. */
export function lastSeen(queries: Queries, now: Date): { lastSeenAt: Date | null; isAlive: boolean } {
  const newest = queries.select({ at: sensors.servingAt }).from(sensors).orderBy(desc(sensors.servingAt)).limit(1).get();
  return { lastSeenAt: newest?.at ?? null, isAlive: liveSensors(queries, now).length > 0 };
}
