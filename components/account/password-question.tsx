"use client";

import { useState } from "react";
import { PasswordField } from "#components/account/credential-fields.tsx";
import { Form } from "#components/account/form.tsx";
import { useSubmit } from "#components/account/use-submit.ts";
import { Button } from "#components/ui/button.tsx";
import type { Result } from "#lib/site/problem.ts";

type PasswordQuestionProps<Answer> = {
  button: string;
  ask(input: { password: string }): Promise<Result<Answer>>;
  onAnswer(answer: Answer): void;
  onCancel(): void;
};

/** Asks for one's password before something that an open browser alone must not be enough for. */
export function PasswordQuestion<Answer>({ button, ask, onAnswer, onCancel }: PasswordQuestionProps<Answer>) {
  const [password, setPassword] = useState("");
  const { send, isBusy, problemsOf } = useSubmit(ask, onAnswer, ["password"]);
  return (
    <div className="max-w-96">
      <Form problems={problemsOf("")} onSubmit={() => send({ password })}>
        <PasswordField
          value={password}
          onChange={setPassword}
          help="Your password, to show that it is you."
          problems={problemsOf("password")}
        />
        <div className="flex flex-wrap gap-2">
          <Button type="submit" variant="primary" isBusy={isBusy}>
            {button}
          </Button>
          <Button onClick={onCancel}>Cancel</Button>
        </div>
      </Form>
    </div>
  );
}
