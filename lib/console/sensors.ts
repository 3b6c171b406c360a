import { type RightsHolder, roleIn } from "#lib/account/role.ts";
import { AppError } from "#lib/app-error.ts";
import type { PersonContext } from "#lib/console/context.ts";
import { patienceMs } from "#lib/store/heartbeats.ts";
import type { SensorStanding } from "#lib/store/store.ts";

/** How a sensor is, the gravest thing first. */
export type SensorState = "stopped" | "silent" | "no-workers" | "behind" | "faulty" | "short" | "up-to-date";

/** A sensor for the page, as JSON. */
export type SensorView = {
  state: SensorState;
  startedAt: string;
  lastSeenAt: string;
  /** When the first change was saved that it has not applied. */
  behindSince: string | null;
  figures: SensorFigures | null;
};

/** What is about the whole machine and all tenants together: for Channel Admins. */
export type SensorFigures = {
  name: string;
  version: string;
  workers: { wanted: number; serving: number; lost: number };
  changes: { applied: number; newest: number; behind: number };
  connections: number;
  lastError: { message: string; at: string; isOver: boolean } | null;
};

/** A site whose saved revision was rejected, and the revision that serves instead, null when none does. */
export type RejectedView = { siteId: string; hostName: string; revision: number; servingRevision: number | null };

/** `sensors` is null while sensor.db cannot be read. Of the sites that were rejected the first few are named. */
export type SensorsView = { hasFigures: boolean; sensors: SensorView[] | null; rejected: { count: number; named: RejectedView[] } };

type SensorsContext = Pick<PersonContext, "store" | "now"> & { person: RightsHolder };

/**
 * Whether sites are served is everybody's business, so all who are signed in see how the sensors are. Figures add up all
 * tenants, and errors and names are about the machine: they are for those whose role reaches over all tenants. Sites that
 * were rejected are told to those who may see them.
 */
export async function loadSensors({ store, person, now }: SensorsContext): Promise<SensorsView> {
  const hasFigures = person.isChannelAdmin;
  try {
    const standings = await store.sensorStandings();
    const rejected = (await store.rejectedSites()).filter(({ tenantId }) => roleIn(person, tenantId) !== null);
    return {
      hasFigures,
      sensors: standings.map((standing) => viewOf(standing, hasFigures, now)),
      rejected: { count: rejected.length, named: rejected.slice(0, mostNamed).map(({ tenantId: _, ...site }) => site) },
    };
  } catch (failure) {
    // The console's own database must be there for anybody to be signed in.
    if (!(failure instanceof AppError) || failure.code !== "store.unavailable") throw failure;
    return { hasFigures, sensors: null, rejected: { count: 0, named: [] } };
  }
}

const mostNamed = 10;

function viewOf(standing: SensorStanding, hasFigures: boolean, now: Date): SensorView {
  return {
    state: stateOf(standing, now),
    startedAt: standing.startedAt.toISOString(),
    lastSeenAt: standing.at.toISOString(),
    behindSince: standing.behind?.since.toISOString() ?? null,
    figures: hasFigures ? figuresOf(standing) : null,
  };
}

function stateOf(standing: SensorStanding, now: Date): SensorState {
  const { at, stoppedAt, workersServing, workersWanted, behind, lastError, isErrorOver } = standing;
  if (stoppedAt !== null) return "stopped";
  if (now.getTime() - at.getTime() > patienceMs) return "silent";
  if (workersServing === 0) return "no-workers";
  if (behind !== null) return "behind";
  if (lastError !== null && !isErrorOver) return "faulty";
  return workersServing < workersWanted ? "short" : "up-to-date";
}

function figuresOf(standing: SensorStanding): SensorFigures {
  const { id, version, connections, appliedChangeNumber: applied, newestChangeNumber: newest, lastError, lastErrorAt } = standing;
  return {
    name: id,
    version,
    workers: { wanted: standing.workersWanted, serving: standing.workersServing, lost: standing.workersLost },
    changes: { applied, newest, behind: standing.behind?.changes ?? 0 },
    connections,
    lastError:
      lastError === null ? null : { message: lastError, at: (lastErrorAt ?? standing.at).toISOString(), isOver: standing.isErrorOver },
  };
}
