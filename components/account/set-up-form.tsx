"use client";

import { useState } from "react";
import { EmailField, PasswordField } from "#components/account/credential-fields.tsx";
import { Form } from "#components/account/form.tsx";
import { useLinkToken } from "#components/account/link-token.ts";
import { enter } from "#components/account/sign-in-form.tsx";
import { useSubmit } from "#components/account/use-submit.ts";
import { Button } from "#components/ui/button.tsx";
import { leastPasswordLength } from "#lib/account/password-length.ts";
import type { SignedIn } from "#lib/console/sign-in.ts";
import type { Result } from "#lib/site/problem.ts";

type SetUp = (input: { token: string; email: string; password: string }) => Promise<Result<SignedIn>>;

/** The first administrator, by the one-time link. */
export function SetUpForm({ setUp }: { setUp: SetUp }) {
  const token = useLinkToken();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { send, isBusy, problemsOf } = useSubmit(setUp, () => enter("/settings/sites"), ["email", "password"]);
  if (token === "") {
    return (
      <p className="text-quiet">
        Nobody has an account yet. Open the set-up link that <code className="font-mono text-mono text-ink">npm start</code> printed: it
        works once and for an hour, and each start prints a new one.
      </p>
    );
  }
  return (
    <Form problems={problemsOf("")} onSubmit={() => send({ token: token ?? "", email, password })}>
      <p className="text-quiet">You become Channel Admin, and Admin of the tenant Default. Everybody else comes in by invitation.</p>
      <EmailField value={email} onChange={setEmail} problems={problemsOf("email")} />
      <PasswordField
        isNew
        value={password}
        onChange={setPassword}
        help={`At least ${leastPasswordLength} characters; a few words in a row are easiest to keep.`}
        problems={problemsOf("password")}
      />
      <Button type="submit" variant="primary" isBusy={isBusy}>
        Create account and sign in
      </Button>
    </Form>
  );
}
