import { and, eq, inArray } from "drizzle-orm";
import { AppError } from "#lib/app-error.ts";
import type { Problem } from "#lib/site/problem.ts";
import { type Acknowledgement, getAcknowledgement, lastSeenAt, newestServing } from "#lib/store/acknowledgements.ts";
import type { Connection } from "#lib/store/connection.ts";
import { revisions, sites } from "#lib/store/console-tables.ts";
import type { Queries } from "#lib/store/database.ts";

/** How the sensor stands to a site's current revision. */
export type ServingState = {
  siteId: string;
  revision: number;
  state: "serving" | "not-serving" | "waiting";
  /** The revision that answers as far as is known, null when none does. */
  servingRevision: number | null;
  problems: Problem[];
  savedAt: Date;
  servedAt: Date | null;
  lastSeenAt: Date | null;
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

/** A sensor whose last sign of life is older than this is not believed to serve anything. */
export const patienceMs = 3_000;

/** The state of each given site; while sensor.db cannot be read all of them wait. */
export function servingStates(sensorDb: Connection, current: readonly CurrentRevision[], now: Date): ServingState[] {
  try {
    return sensorDb.readTogether((queries) => {
      const seenAt = lastSeenAt(queries);
      return current.map((site) => stateOf(queries, site, seenAt, now));
    });
  } catch (failure) {
    if (!(failure instanceof AppError) || failure.code !== "store.unavailable") throw failure;
    return current.map((site) => waiting(site, null, null));
  }
}

function stateOf(queries: Queries, site: CurrentRevision, seenAt: Date | null, now: Date): ServingState {
  const answer = getAcknowledgement(queries, site.id, site.revision);
  const isAlive = seenAt !== null && now.getTime() - seenAt.getTime() <= patienceMs;
  if (!answer || !isAlive) return waiting(site, servingRevision(queries, site, answer), seenAt);
  return {
    ...waiting(site, servingRevision(queries, site, answer), seenAt),
    state: answer.state === "serving" ? "serving" : "not-serving",
    problems: answer.problems,
    servedAt: answer.state === "serving" ? answer.at : null,
  };
}

function servingRevision(queries: Queries, site: CurrentRevision, answer: Acknowledgement | null): number | null {
  if (answer) return answer.state === "serving" ? site.revision : answer.fallbackRevision;
  return newestServing(queries, site.id);
}

function waiting({ id, revision, savedAt }: CurrentRevision, servingRevision: number | null, lastSeenAt: Date | null): ServingState {
  return { siteId: id, revision, state: "waiting", servingRevision, problems: [], savedAt, servedAt: null, lastSeenAt };
}
