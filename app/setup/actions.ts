"use server";

import { anyone } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { setUp, setUpInput } from "#lib/console/set-up.ts";

export const setUpAction = defineAction("setup", anyone, setUpInput, setUp);
