import type { Metadata } from "next";
import { acceptInvitationAction, showInvitationAction } from "#app/invitation/actions.ts";
import { enterCodeAction } from "#app/login/actions.ts";
import { Entrance } from "#components/account/entrance.tsx";
import { InvitationForm } from "#components/account/invitation-form.tsx";

export const metadata: Metadata = { title: "Invitation" };

export default function InvitationPage() {
  return (
    <Entrance title="Join a tenant">
      <InvitationForm actions={{ show: showInvitationAction, accept: acceptInvitationAction, enterCode: enterCodeAction }} />
    </Entrance>
  );
}
