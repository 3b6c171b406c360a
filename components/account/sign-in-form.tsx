"use client";

import { useState } from "react";
import { CodeField, EmailField, PasswordField } from "#components/account/credential-fields.tsx";
import { Form } from "#components/account/form.tsx";
import { useSubmit } from "#components/account/use-submit.ts";
import { Button } from "#components/ui/button.tsx";
import type { SignedIn } from "#lib/console/sign-in.ts";
import type { Result } from "#lib/site/problem.ts";

/** The server's part of every way in. */
export type SignInActions = {
  signIn(input: { email: string; password: string }): Promise<Result<SignedIn>>;
  enterCode(input: { code: string }): Promise<Result<SignedIn>>;
};

/** Email and password, then the second factor of whoever has one; then on to `next`. */
export function SignInForm({ next, actions }: { next: string; actions: SignInActions }) {
  const [isCodeNeeded, setCodeNeeded] = useState(false);
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { send, isBusy, problemsOf } = useSubmit(actions.signIn, (step) => (step.isCodeNeeded ? setCodeNeeded(true) : enter(next)), [
    "email",
    "password",
  ]);
  if (isCodeNeeded) return <CodeForm next={next} enterCode={actions.enterCode} onRestart={() => setCodeNeeded(false)} />;
  return (
    <Form problems={problemsOf("")} onSubmit={() => send({ email, password })}>
      <EmailField value={email} onChange={setEmail} problems={problemsOf("email")} />
      <PasswordField value={password} onChange={setPassword} problems={problemsOf("password")} />
      <Button type="submit" variant="primary" isBusy={isBusy}>
        Sign in
      </Button>
    </Form>
  );
}

type CodeFormProps = { next: string; enterCode: SignInActions["enterCode"]; onRestart(): void };

/** The second step of a sign-in. */
export function CodeForm({ next, enterCode, onRestart }: CodeFormProps) {
  const [code, setCode] = useState("");
  const { send, isBusy, problemsOf } = useSubmit(enterCode, () => enter(next), ["code"]);
  return (
    <Form problems={problemsOf("")} onSubmit={() => send({ code })}>
      <CodeField
        value={code}
        onChange={setCode}
        help="The six digits that your authenticator app shows, or one of your recovery codes."
        problems={problemsOf("code")}
      />
      <Button type="submit" variant="primary" isBusy={isBusy}>
        Sign in
      </Button>
      <Button variant="quiet" onClick={onRestart}>
        Start again
      </Button>
    </Form>
  );
}

/** A whole new page load: nothing that was cached for somebody else is shown. */
export function enter(path: string): void {
  location.assign(path);
}
