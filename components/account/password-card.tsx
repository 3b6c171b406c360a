"use client";

import { useState } from "react";
import { PasswordField } from "#components/account/credential-fields.tsx";
import type { ProfileActions } from "#components/account/profile-actions.ts";
import { useSubmit } from "#components/account/use-submit.ts";
import { Button } from "#components/ui/button.tsx";
import { Card } from "#components/ui/card.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import { leastPasswordLength } from "#lib/account/password-length.ts";

type PasswordCardProps = { email: string; changePassword: ProfileActions["changePassword"] };

/** Changing one's own password. */
export function PasswordCard({ email, changePassword }: PasswordCardProps) {
  const [password, setPassword] = useState("");
  const [newPassword, setNewPassword] = useState("");
  const [isChanged, setChanged] = useState(false);
  const { send, isBusy, problemsOf } = useSubmit(changePassword, () => {
    setPassword("");
    setNewPassword("");
    setChanged(true);
  }, ["password", "newPassword"]);
  return (
    <Card title="Your password">
      <form
        noValidate
        method="post"
        className="grid max-w-96 gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          setChanged(false);
          send({ password, newPassword });
        }}
      >
        {/* For password managers: whose password this is. */}
        <input type="email" name="email" autoComplete="username" value={email} readOnly hidden />
        <PasswordField label="Current password" value={password} onChange={setPassword} problems={problemsOf("password")} />
        <PasswordField
          isNew
          label="New password"
          value={newPassword}
          onChange={setNewPassword}
          help={`At least ${leastPasswordLength} characters.`}
          problems={problemsOf("newPassword")}
        />
        <p role="alert" className="text-danger empty:hidden">
          {problemsOf("")[0]?.message}
        </p>
        <Button type="submit" isBusy={isBusy} className="justify-self-start">
          Change password
        </Button>
      </form>
      <StatusRegion>
        {isChanged && <StatusText meaning="good">The password is changed; all your other sessions have ended.</StatusText>}
      </StatusRegion>
    </Card>
  );
}
