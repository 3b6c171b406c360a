import { randomBytes, randomUUID } from "node:crypto";
import { isIP } from "node:net";
import { z } from "zod";
import { AppError } from "#lib/app-error.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { type Environment, readEnvironment } from "#lib/env.ts";
import { readRanges } from "#lib/site/address.ts";
import { judgeAddress } from "#lib/site/judge-address.ts";
import { error, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { readWebhookUrl, type WebhookUrl } from "#lib/site/webhook-url.ts";
import { sealWebhook } from "#lib/store/seal-webhook.ts";

export const webhookInput = z.object({ tenantId: z.uuid(), url: z.string().max(2_000, "An address has at most 2,000 characters.") });

export const webhookTenantInput = z.object({ tenantId: z.uuid() });

/**
 * Sets the tenant's webhook and answers the secret that signs its messages: in the form of Standard Webhooks, this once. Each
 * address has a secret of its own, so that the receiver before cannot speak to the one after it.
 */
export async function setWebhook(
  { url }: z.infer<typeof webhookInput>,
  { store, tenant, recipient, author, address, now }: ConsoleContext,
  environment = readEnvironment(),
): Promise<Result<{ secret: string }>> {
  const read = readWebhookUrl(url);
  if (!read.ok) return read;
  const unreachable = judgeLiteral(read.value, environment);
  if (unreachable) return refuse(unreachable);
  if (!recipient) throw new AppError("console.no-sealing-key", "A webhook cannot be stored: the console was started without its launcher.");
  const { href } = read.value;
  const secret = randomBytes(32);
  const sealed = await sealWebhook(recipient, { url: href, secret }, { tenantId: tenant.id, id: randomUUID() });
  const set = await store.webhooks.set({ ...sealed, host: new URL(href).origin }, { author, address, now });
  return set.ok ? ok({ secret: `whsec_${secret.toString("base64")}` }) : set;
}

/** Forgets the tenant's webhook: what waits for it is not sent any more. */
export async function removeWebhook(
  _: z.infer<typeof webhookTenantInput>,
  { store, tenant, author, address, now }: ConsoleContext,
): Promise<Result<null>> {
  await store.webhooks.remove(tenant.id, { author, address, now });
  return ok(null);
}

/** What the sensor will refuse at every connect is refused here already; behind a name is whatever it resolves to then. */
function judgeLiteral({ hostName, port }: WebhookUrl, environment: Environment): Problem | null {
  if (isIP(hostName) === 0) return null;
  const { consolePort, sensorHttpPort, sensorHttpsPort, sensorAdminPort, productPorts, originAllow } = environment;
  const ports = [consolePort, sensorHttpPort, sensorHttpsPort, sensorAdminPort, ...productPorts];
  const rules = { isAllowed: readRanges(originAllow), productPorts: ports, localAddresses: () => [] };
  const judged = judgeAddress(hostName, port, rules);
  if (!("refusal" in judged)) return null;
  const next = "Enter another address, or ask whoever runs this product.";
  return error("url", "webhook.forbidden", `The sensor may not connect there: ${judged.refusal}. ${next}`);
}
