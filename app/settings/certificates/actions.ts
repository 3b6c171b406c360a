"use server";

import { inTenant } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { refreshing } from "#lib/console/refreshing.ts";
import { testWebhook } from "#lib/console/test-webhook.ts";
import { removeWebhook, setWebhook, webhookInput, webhookTenantInput } from "#lib/console/webhook.ts";

const page = "/settings/certificates";

export const setWebhookAction = defineAction("webhook.set", inTenant("Admin"), webhookInput, refreshing(page, setWebhook));

export const removeWebhookAction = defineAction("webhook.remove", inTenant("Admin"), webhookTenantInput, refreshing(page, removeWebhook));

export const testWebhookAction = defineAction("webhook.test", inTenant("Admin"), webhookTenantInput, testWebhook);
