import { and, eq, inArray } from "drizzle-orm";
import { AppError } from "#lib/app-error.ts";
import type { Problem } from "#lib/site/problem.ts";
import { type Acknowledgement, acknowledgementNumber, acknowledgementsOf, newestServing } from "#lib/store/acknowledgements.ts";
import type { Connection } from "#lib/store/connection.ts";
import { revisions, sites } from "#lib/store/console-tables.ts";
import type { Queries } from "#lib/store/database.ts";
import { lastSeen } from "#lib/store/heartbeats.ts";
import { newestChangeNumber } from "#lib/store/revisions.ts";

/** How the sensor stands to a site's current revision. */
export type ServingState = {
  siteId: string;
  revision: number;
  state: "serving" | "not-serving" | "waiting";
  /** The revision that answers as far as is known, null when none does. */
  servingRevision: number | null;
  problems: Problem[];
  savedAt: Date;
  /** When every worker served it, by the sensor's clock; null while it does not serve. */
  servedAt: Date | null;
  lastSeenAt: Date | null;
  /** Whether a sensor gives signs of life; null when that cannot be known, because sensor.db cannot be read. */
  isSensorAlive: boolean | null;
};

/** The sites of a tenant that are not deleted, all or the given ones, by what their current revision is. */
export function currentRevisions(queries: Queries, tenantId: string, siteIds?: readonly string[]): CurrentRevision[] {
  return queries
    .select({ id: sites.id, revision: sites.revision, savedAt: revisions.savedAt })
    .from(sites)
    .innerJoin(revisions, and(eq(revisions.siteId, sites.id), eq(revisions.number, sites.revision)))
    .where(and(eq(sites.tenantId, tenantId), eq(sites.isDeleted, false), siteIds && inArray(sites.id, [...siteIds])))
    .all();
}

export type CurrentRevision = { id: string; revision: number; savedAt: Date };

/** The state of each given site; while sensor.db cannot be read all of them wait. */
export function servingStates(sensorDb: Connection, current: readonly CurrentRevision[], now: Date): ServingState[] {
  return whileReadable(
    () =>
      sensorDb.readTogether((queries) => {
        const seen = lastSeen(queries, now);
        const answers = acknowledgementsOf(queries, current);
        return current.map((site) => stateOf(queries, site, answers.get(site.id) ?? null, seen));
      }),
    () => current.map((site) => waiting(site, null, { lastSeenAt: null, isAlive: null })),
  );
}

/** A text that is another one as soon as any site's state may be: it costs a few rows however many sites there are. */
export function servingMark(consoleDb: Connection, sensorDb: Connection, now: Date): string {
  const changes = consoleDb.read(newestChangeNumber);
  const words = whileReadable(
    () =>
      sensorDb.readTogether((queries) => {
        const { isAlive, lastSeenAt } = lastSeen(queries, now);
        return `${acknowledgementNumber(queries)} ${isAlive ? "alive" : `seen ${lastSeenAt?.getTime()}`}`;
      }),
    () => "unknown",
  );
  return `${consoleDb.generation()} ${changes} ${sensorDb.generation()} ${words}`;
}

type Seen = { lastSeenAt: Date | null; isAlive: boolean | null };

function whileReadable<T>(read: () => T, otherwise: () => T): T {
  try {
    return read();
  } catch (failure) {
    if (!(failure instanceof AppError) || failure.code !== "store.unavailable") throw failure;
    return otherwise();
  }
}

function stateOf(queries: Queries, site: CurrentRevision, answer: Acknowledgement | null, seen: Seen): ServingState {
  const unanswered = waiting(site, servingRevision(queries, site, answer), seen);
  if (!answer || !seen.isAlive) return unanswered;
  return {
    ...unanswered,
    state: answer.state === "serving" ? "serving" : "not-serving",
    problems: answer.problems,
    servedAt: answer.state === "serving" ? answer.at : null,
  };
}

function servingRevision(queries: Queries, site: CurrentRevision, answer: Acknowledgement | null): number | null {
  if (answer) return answer.state === "serving" ? site.revision : answer.fallbackRevision;
  return newestServing(queries, site.id);
}

function waiting({ id, revision, savedAt }: CurrentRevision, servingRevision: number | null, seen: Seen): ServingState {
  const { lastSeenAt, isAlive: isSensorAlive } = seen;
  return { siteId: id, revision, state: "waiting", servingRevision, problems: [], savedAt, servedAt: null, lastSeenAt, isSensorAlive };
}
