import { AppError } from "#lib/app-error.ts";
import type { Logger } from "#lib/log.ts";
import { isDelivered, sayOutcome, type WebhookOutcome } from "#lib/site/webhook-outcome.ts";
import type { SealedWebhook } from "#lib/store/seal-webhook.ts";
import type { SensorStore } from "#lib/store/store.ts";
import type { KeyringFile } from "#sensor/keyring-file.ts";
import { type CallWebhook, openCall, unopened, type WebhookMessage } from "#sensor/webhook.ts";

/** Brings messages to the tenants' webhooks. */
export type Courier = {
  /** Begins with what is due and does not wait for it; throws only `store.unavailable`. For a timer. */
  round(): Promise<void>;
  /** Resolves when nothing is under way; what was cut off is sent again later. */
  stop(): Promise<void>;
};

export type CourierOptions = {
  store: { webhooks: SensorStore["webhooks"]; notices: Pick<SensorStore["notices"], "due" | "tried" | "write"> };
  keyrings: KeyringFile;
  call: CallWebhook;
  log: Logger;
  now?: () => number;
};

/** Calls at once; a tenant has one of them at most, so that its dead webhook holds up nobody else. */
const mostAtOnce = 20;

export function createCourier({ store, keyrings, call, log, now = Date.now }: CourierOptions): Courier {
  const running = new Map<string, Promise<void>>();
  const stopping = new AbortController();
  /** What could not be written down: it is not sent again before that. */
  const unwritten = new Map<string, WebhookOutcome>();
  return { round, stop };

  async function round(): Promise<void> {
    for (const [id, outcome] of unwritten) await writeDown(id, outcome);
    const due = await store.notices.due(new Date(now()));
    if (due.length === 0 || stopping.signal.aborted) return;
    const webhooks = new Map((await store.webhooks()).map((webhook) => [webhook.tenantId, webhook]));
    const orphans = due.filter(({ tenantId }) => !webhooks.has(tenantId)).map(({ id }) => id);
    if (orphans.length > 0) await store.notices.write({ given: [], forgotten: [], messages: [], withdrawn: orphans }, new Date(now()));
    for (const message of due) {
      const webhook = webhooks.get(message.tenantId);
      if (webhook === undefined || running.has(message.tenantId) || running.size >= mostAtOnce) continue;
      const delivery = deliver(message, webhook)
        .catch((failure: unknown) => log.error({ err: failure, messageId: message.id }, "a message to a webhook could not be sent"))
        .finally(() => running.delete(message.tenantId));
      running.set(message.tenantId, delivery);
    }
  }

  async function deliver(message: WebhookMessage, webhook: SealedWebhook): Promise<void> {
    const outcome = await attempt(message, webhook);
    if (stopping.signal.aborted) return;
    const { tenantId, id } = message;
    const words = sayOutcome(outcome);
    if (isDelivered(outcome)) log.info({ tenantId, messageId: id, outcome: words }, "webhook called");
    else log.warn({ tenantId, messageId: id, outcome: words }, "webhook failed");
    unwritten.set(id, outcome);
    await writeDown(id, outcome).catch((failure: unknown) => log.warn({ err: failure }, "the outcome of a webhook cannot be written"));
  }

  async function attempt(message: WebhookMessage, webhook: SealedWebhook): Promise<WebhookOutcome> {
    try {
      return await call(await openCall(keyrings, webhook), message, stopping.signal);
    } catch (failure) {
      if (!(failure instanceof AppError)) throw failure;
      return { reason: unopened };
    }
  }

  async function writeDown(id: string, outcome: WebhookOutcome): Promise<void> {
    const state = await store.notices.tried(id, outcome, new Date(now()));
    unwritten.delete(id);
    if (state === "given-up") log.error({ messageId: id }, "a message to a webhook is given up");
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await Promise.all(running.values());
  }
}
