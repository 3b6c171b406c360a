"use client";

import { LinkForm } from "#components/account/link-form.tsx";
import type { SignInActions } from "#components/account/sign-in-form.tsx";
import { leastPasswordLength } from "#lib/account/password-length.ts";
import type { SignedIn } from "#lib/console/sign-in.ts";
import type { Result } from "#lib/site/problem.ts";

type ResetActions = {
  show(input: { token: string }): Promise<Result<{ email: string }>>;
  redeem(input: { token: string; password: string }): Promise<Result<SignedIn>>;
  enterCode: SignInActions["enterCode"];
};

/** Choosing a new password after a reset. */
export function ResetForm({ actions }: { actions: ResetActions }) {
  return (
    <LinkForm
      show={actions.show}
      redeem={actions.redeem}
      enterCode={actions.enterCode}
      describe={({ email }) => (
        <p className="wrap-anywhere">
          A new password for <strong className="text-ink">{email}</strong>. Two-factor, where it is on, stays on.
        </p>
      )}
      passwordHelp={`At least ${leastPasswordLength} characters; a few words in a row are easiest to keep.`}
      button="Set password and sign in"
    />
  );
}
