import { setTimeout as sleep } from "node:timers/promises";
import { AppError } from "#lib/app-error.ts";
import type { Authorship } from "#lib/store/audit.ts";
import type { Heartbeat } from "#lib/store/heartbeats.ts";
import { addKey, type Keyring, keepNewestKey, openKeyring } from "#lib/store/keyring.ts";
import { openKey, sealKey } from "#lib/store/seal.ts";
import { openWebhook, sealWebhook } from "#lib/store/seal-webhook.ts";
import type { ConsoleStore } from "#lib/store/store.ts";

export type Rotation = {
  store: Pick<ConsoleStore, "keyring" | "sensors">;
  /** The keyring's file, which the sensor reads too. */
  file: string;
  authorship: Authorship;
  /** How long a live sensor may take to read the new key. */
  patienceMs?: number;
};

/** `isErased` is false while old sealings may stand in the database's log until that is emptied. */
export type Rotated = { current: string; retired: string[]; resealed: number; webhooks: number; isErased: boolean };

const batch = 100;

/**
 * Changes the keyring's key while everything serves: add, acknowledge, re-seal, acknowledge, remove. Each step leaves
 * whole what was before, so that one which was cut off is finished by the next run. Throws AppError `keyring.…`.
 */
export async function rotateKeyring({ store, file, authorship, patienceMs = 30_000 }: Rotation): Promise<Rotated> {
  const before = openKeyring(file, await store.keyring.recordedIds());
  const keyring = before.keys.length > 1 ? before : addKey(file);
  const { current } = keyring;
  const { now: _, ...author } = authorship;
  await awaitSensors(store, current.id, file, patienceMs);
  await store.keyring.record(current, { ...author, now: new Date() });
  const { retired, resealed, webhooks } = await resealAll(store, keyring, { ...author, now: new Date() });
  const isErased = await store.keyring.emptyLog();
  await awaitSensors(store, current.id, file, patienceMs);
  keepNewestKey(file);
  return { current: current.id, retired, resealed, webhooks, isErased };
}

/** A sensor that is down reads the file when it starts: only those that are alive are waited for. */
async function awaitSensors({ sensors }: Rotation["store"], id: string, file: string, patienceMs: number): Promise<void> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const behind = (await sensors()).find(({ keyIds }) => !keyIds.includes(id));
    if (!behind) return;
    if (performance.now() > deadline) throw unacknowledged(behind, id, file);
    await sleep(100);
  }
}

/** Until nothing is left: a save that was under way may still have sealed for an older key. */
async function resealAll({ keyring: stored }: Rotation["store"], keyring: Keyring, authorship: Authorship) {
  for (let resealed = 0, webhooks = 0; ; ) {
    for (const old of await stored.sealedForOthers(keyring.current.id, batch)) {
      const pkcs8 = await openKey(keyring, old);
      await stored.reseal(old, await sealKey(keyring.current, pkcs8, old));
      pkcs8.fill(0);
      resealed += 1;
    }
    for (const old of await stored.webhooksSealedForOthers(keyring.current.id)) {
      await stored.resealWebhook(old, await sealWebhook(keyring.current, await openWebhook(keyring, old), old));
      webhooks += 1;
    }
    const retired = await stored.retireOthers(keyring.current.id, authorship);
    if (retired !== null) return { retired, resealed, webhooks };
  }
}

function unacknowledged({ id: sensor, at }: Heartbeat, id: string, file: string): AppError {
  const fault = `The sensor ${sensor}, last seen ${at.toISOString()}, has not read the key ${id} from the keyring`;
  const next = `Is its SECRETS_KEY_FILE the file ${file}, and may it read it? Its log says more. Everything serves on; run this again.`;
  return new AppError("keyring.unacknowledged", `${fault}. ${next}`);
}
