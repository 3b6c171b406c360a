import { hostname } from "node:os";
import type { Logger } from "#lib/log.ts";
import type { Heartbeat } from "#lib/store/heartbeats.ts";
import type { SensorStore } from "#lib/store/store.ts";
import type { Fault } from "#sensor/faults.ts";
import type { Status } from "#sensor/messages.ts";
import type { Census } from "#sensor/workers.ts";

export type HeartbeatOptions = {
  store: Pick<SensorStore, "heartbeat">;
  /** Of the workers that serve. */
  statuses: () => readonly Status[];
  census: () => Census;
  connections: () => number;
  lastFault: () => Fault | null;
  version: string;
  log: Logger;
};

export type HeartbeatWriter = {
  /** Writes one sign of life into the store; never throws. Called by a timer. */
  beat(): Promise<void>;
  /** Writes that the sensor was asked to stop, as its last sign; never throws. */
  end(): Promise<void>;
};

/** The sensor's signs of life; the slowest worker speaks for all. */
export function createHeartbeat(options: HeartbeatOptions): HeartbeatWriter {
  const { store, statuses, census, connections, lastFault, version, log } = options;
  const startedAt = new Date();
  let appliedChangeNumber = 0;
  let servingAt: Date | null = null;
  let stoppedAt: Date | null = null;
  let isFailing = false;
  return {
    beat: async () => (stoppedAt === null ? write(new Date()) : undefined),
    async end() {
      stoppedAt = new Date();
      await write(stoppedAt);
    },
  };

  async function write(at: Date): Promise<void> {
    try {
      await store.heartbeat(signOf(at));
      isFailing = false;
    } catch (failure) {
      if (!isFailing) log.warn({ err: failure }, "the heartbeat cannot be written");
      isFailing = true;
    }
  }

  /** Without a worker nothing is served: the page must not believe it is, and what was applied last stands. */
  function signOf(at: Date): Heartbeat {
    const all = statuses();
    const { wanted, serving, lost } = census();
    if (all.length > 0) {
      servingAt = at;
      appliedChangeNumber = Math.min(...all.map(({ changeNumber }) => changeNumber));
    }
    const fault = lastFault();
    return {
      id: hostname(),
      startedAt,
      at,
      servingAt,
      stoppedAt,
      version,
      workersWanted: wanted,
      workersServing: serving,
      workersLost: lost,
      connections: connections(),
      appliedChangeNumber,
      keyIds: sharedKeyIds(all),
      lastError: fault?.message ?? null,
      lastErrorAt: fault?.at ?? null,
      isErrorOver: fault?.isOver ?? false,
    };
  }
}

/** Only what every worker can open may be relied on. */
function sharedKeyIds(statuses: readonly Status[]): string[] {
  const [first, ...others] = statuses.map(({ keyIds }) => keyIds);
  return (first ?? []).filter((id) => others.every((keyIds) => keyIds.includes(id)));
}
