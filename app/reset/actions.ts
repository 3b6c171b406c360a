"use server";

import { anyone } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { redeemReset, redeemResetInput, showReset, showResetInput } from "#lib/console/password-reset.ts";

export const showResetAction = defineAction("reset.show", anyone, showResetInput, showReset);

export const redeemResetAction = defineAction("reset.redeem", anyone, redeemResetInput, redeemReset);
