"use client";

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { PasswordField } from "#components/account/credential-fields.tsx";
import { Form } from "#components/account/form.tsx";
import { useLinkToken } from "#components/account/link-token.ts";
import { CodeForm, enter, type SignInActions } from "#components/account/sign-in-form.tsx";
import { useSubmit } from "#components/account/use-submit.ts";
import { Button } from "#components/ui/button.tsx";
import { ProblemList } from "#components/ui/problem-list.tsx";
import type { SignedIn } from "#lib/console/sign-in.ts";
import type { Result } from "#lib/site/problem.ts";

type LinkFormProps<View> = {
  show(input: { token: string }): Promise<Result<View>>;
  redeem(input: { token: string; password: string }): Promise<Result<SignedIn>>;
  enterCode: SignInActions["enterCode"];
  /** What the link is about, once it is known to be good. */
  describe(view: View): ReactNode;
  passwordHelp: string;
  button: string;
};

/** A page behind a one-time link that takes a password: an invitation, or a reset. */
export function LinkForm<View>({ show, redeem, enterCode, describe, passwordHelp, button }: LinkFormProps<View>) {
  const token = useLinkToken();
  const [password, setPassword] = useState("");
  const [isCodeNeeded, setCodeNeeded] = useState(false);
  const link = useQuery({ queryKey: ["link", token], queryFn: () => show({ token: token ?? "" }), enabled: token !== null, retry: false });
  const { send, isBusy, problemsOf } = useSubmit(redeem, (step) => (step.isCodeNeeded ? setCodeNeeded(true) : enter("/settings/sites")), [
    "password",
  ]);
  if (isCodeNeeded) return <CodeForm next="/settings/sites" enterCode={enterCode} onRestart={() => enter("/login")} />;
  if (link.isError) return <p className="text-danger">The console does not answer. Reload the page in a moment.</p>;
  if (!link.data) return <p className="text-quiet">Looking at the link …</p>;
  if (!link.data.ok) {
    return (
      <div role="alert">
        <ProblemList id="link-problems" problems={link.data.problems} />
      </div>
    );
  }
  return (
    <Form problems={problemsOf("")} onSubmit={() => send({ token: token ?? "", password })}>
      <div className="grid gap-1 text-quiet">{describe(link.data.value)}</div>
      <PasswordField isNew value={password} onChange={setPassword} help={passwordHelp} problems={problemsOf("password")} />
      <Button type="submit" variant="primary" isBusy={isBusy}>
        {button}
      </Button>
    </Form>
  );
}
