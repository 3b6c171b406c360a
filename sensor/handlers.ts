import { originTest } from "#lib/channel/origin-test.ts";
import type { QuestionName } from "#lib/channel/questions.ts";
import { webhookTest } from "#lib/channel/webhook-test.ts";
import type { SensorStore } from "#lib/store/store.ts";
import { type Answerable, answerable } from "#sensor/answerer.ts";
import type { Dialer } from "#sensor/dialer.ts";
import type { KeyringFile } from "#sensor/keyring-file.ts";
import { createOriginDraftReader } from "#sensor/origin-draft.ts";
import { createOriginTest } from "#sensor/origin-test.ts";
import type { OpenStoredKey } from "#sensor/stored-keys.ts";
import { createWebhookCaller } from "#sensor/webhook.ts";
import { createWebhookTest } from "#sensor/webhook-test.ts";

export type HandlerOptions = {
  dialer: Dialer;
  store: Pick<SensorStore, "sites" | "webhooks">;
  openKey: OpenStoredKey;
  keyrings: KeyringFile;
  now: () => Date;
};

/** What answers the console's questions in a worker, one handler for each name. */
export function createHandlers({ dialer, ...options }: HandlerOptions): Record<QuestionName, Answerable> {
  return {
    "origin.test": answerable(originTest, createOriginTest({ dialer, readDraft: createOriginDraftReader(options) })),
    "webhook.test": answerable(webhookTest, createWebhookTest({ ...options, call: createWebhookCaller({ dialer }) })),
  };
}
