"use server";

import { z } from "zod";
import { anyone } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { codeInput, enterCode, signIn, signInInput, signOut } from "#lib/console/sign-in.ts";

export const signInAction = defineAction("session.sign-in", anyone, signInInput, signIn);

export const enterCodeAction = defineAction("session.code", anyone, codeInput, enterCode);

export const signOutAction = defineAction("session.sign-out", anyone, z.undefined(), (_, context) => signOut(context));
