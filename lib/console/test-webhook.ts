import type { z } from "zod";
import { webhookTest } from "#lib/channel/webhook-test.ts";
import { askSensor } from "#lib/console/ask-sensor.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import type { webhookTenantInput } from "#lib/console/webhook.ts";
import type { Result } from "#lib/site/problem.ts";
import type { WebhookOutcome } from "#lib/site/webhook-outcome.ts";

/** Has the sensor call the tenant's webhook once; the answer is its status, or why there was none. */
export function testWebhook(_: z.infer<typeof webhookTenantInput>, { tenant }: ConsoleContext): Promise<Result<WebhookOutcome>> {
  return askSensor({ kind: ["webhook.test", webhookTest], tenantId: tenant.id, input: {} });
}
