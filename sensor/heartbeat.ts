import { hostname } from "node:os";
import type { Logger } from "#lib/log.ts";
import type { SensorStore } from "#lib/store/store.ts";
import type { Status } from "#sensor/messages.ts";

export type HeartbeatOptions = {
  store: Pick<SensorStore, "heartbeat">;
  /** Of the workers that serve. */
  statuses: () => readonly Status[];
  /** The fault of the sensor's own writing, null when there is none. */
  lastError: () => string | null;
  version: string;
  log: Logger;
};

/** Answers a function that writes one sign of life into the store and never throws; the slowest worker speaks for all. */
export function createHeartbeat({ store, statuses, lastError, version, log }: HeartbeatOptions): () => Promise<void> {
  const startedAt = new Date();
  let isFailing = false;
  return async () => {
    const all = statuses();
    // Without a worker nothing is served: the page must not believe it is.
    if (all.length === 0) return;
    const sign = {
      id: hostname(),
      startedAt,
      at: new Date(),
      version,
      appliedChangeNumber: Math.min(...all.map(({ changeNumber }) => changeNumber)),
      keyIds: sharedKeyIds(all),
      lastError: lastError() ?? all.find((status) => status.lastError !== null)?.lastError ?? null,
    };
    try {
      await store.heartbeat(sign);
      isFailing = false;
    } catch (failure) {
      if (!isFailing) log.warn({ err: failure }, "the heartbeat cannot be written");
      isFailing = true;
    }
  };
}

/** Only what every worker can open may be relied on. */
function sharedKeyIds(statuses: readonly Status[]): string[] {
  const [first, ...others] = statuses.map(({ keyIds }) => keyIds);
  return (first ?? []).filter((id) => others.every((keyIds) => keyIds.includes(id)));
}
