"use client";

import { LinkForm } from "#components/account/link-form.tsx";
import type { SignInActions } from "#components/account/sign-in-form.tsx";
import { leastPasswordLength } from "#lib/account/password-length.ts";
import type { InvitationView } from "#lib/console/invitation.ts";
import type { SignedIn } from "#lib/console/sign-in.ts";
import type { Result } from "#lib/site/problem.ts";

type InvitationActions = {
  show(input: { token: string }): Promise<Result<InvitationView>>;
  accept(input: { token: string; password: string }): Promise<Result<SignedIn>>;
  enterCode: SignInActions["enterCode"];
};

/** Accepting an invitation, with a new account or the one that exists. */
export function InvitationForm({ actions }: { actions: InvitationActions }) {
  return (
    <LinkForm
      show={actions.show}
      redeem={actions.accept}
      enterCode={actions.enterCode}
      describe={({ email, tenantName, role }) => (
        <>
          <p>
            You are invited to the tenant <strong className="text-ink">{tenantName}</strong> as <strong className="text-ink">{role}</strong>
            .
          </p>
          <p className="wrap-anywhere">
            Your account: <strong className="text-ink">{email}</strong>
          </p>
        </>
      )}
      passwordHelp={`If you have an account here already, its password. Else choose one of at least ${leastPasswordLength} characters.`}
      button="Accept and sign in"
    />
  );
}
