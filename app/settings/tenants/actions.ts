"use server";

import { channelAdmin, signedIn } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { createTenant, createTenantInput, switchTenant, switchTenantInput } from "#lib/console/tenants.ts";

export const switchTenantAction = defineAction("tenant.switch", signedIn, switchTenantInput, switchTenant);

export const createTenantAction = defineAction("tenant.create", channelAdmin, createTenantInput, createTenant);
