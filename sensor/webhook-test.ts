import { randomUUID } from "node:crypto";
import { AppError } from "#lib/app-error.ts";
import { error, ok, refuse } from "#lib/site/problem.ts";
import type { WebhookOutcome } from "#lib/site/webhook-outcome.ts";
import type { SensorStore } from "#lib/store/store.ts";
import type { Handler } from "#sensor/answerer.ts";
import type { KeyringFile } from "#sensor/keyring-file.ts";
import { testBody } from "#sensor/notice-message.ts";
import { type CallWebhook, openCall, unopened } from "#sensor/webhook.ts";

export type WebhookTestOptions = { store: Pick<SensorStore, "webhooks">; keyrings: KeyringFile; call: CallWebhook; now: () => Date };

/** Calls the webhook that is stored for the tenant of the question, and no other address. */
export function createWebhookTest({ store, keyrings, call, now }: WebhookTestOptions): Handler<unknown, WebhookOutcome> {
  return async (_, { tenantId, signal }) => {
    const webhook = (await store.webhooks()).find((one) => one.tenantId === tenantId);
    if (webhook === undefined) return refuse(error("", "webhook.missing", "No webhook is set any more. Reload the page."));
    const message = { id: `msg_${randomUUID()}`, tenantId, body: testBody(tenantId, now()) };
    try {
      return ok(await call(await openCall(keyrings, webhook), message, signal));
    } catch (failure) {
      if (failure instanceof AppError && failure.code.startsWith("webhook.")) return ok({ reason: unopened });
      throw failure;
    }
  };
}
