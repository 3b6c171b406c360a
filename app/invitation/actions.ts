"use server";

import { anyone } from "#lib/console/access.ts";
import { defineAction } from "#lib/console/action.ts";
import { acceptInvitation, acceptInvitationInput, showInvitation, showInvitationInput } from "#lib/console/invitation.ts";

export const showInvitationAction = defineAction("invitation.show", anyone, showInvitationInput, showInvitation);

export const acceptInvitationAction = defineAction("invitation.accept", anyone, acceptInvitationInput, acceptInvitation);
