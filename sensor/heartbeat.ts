import { hostname } from "node:os";
import type { Logger } from "#lib/log.ts";
import type { SensorStore } from "#lib/store/store.ts";
import type { KeyringFile } from "#sensor/keyring-file.ts";
import type { Watch } from "#sensor/watch.ts";

export type HeartbeatOptions = {
  store: Pick<SensorStore, "heartbeat">;
  watch: Pick<Watch, "snapshot" | "lastError">;
  keyrings: KeyringFile;
  version: string;
  log: Logger;
};

/** Answers a function that writes one sign of life into the store and never throws. */
export function createHeartbeat({ store, watch, keyrings, version, log }: HeartbeatOptions): () => Promise<void> {
  const startedAt = new Date();
  let isFailing = false;
  return async () => {
    keyrings.refresh();
    const sign = {
      id: hostname(),
      startedAt,
      at: new Date(),
      version,
      appliedChangeNumber: watch.snapshot().changeNumber,
      lastError: watch.lastError(),
      keyIds: keyrings.current().keys.map(({ id }) => id),
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
