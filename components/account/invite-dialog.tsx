"use client";

import { useState } from "react";
import { EmailField } from "#components/account/credential-fields.tsx";
import { OneTimeSecret } from "#components/account/one-time-secret.tsx";
import { RoleField } from "#components/account/role-field.tsx";
import { useSubmit } from "#components/account/use-submit.ts";
import type { UserActions } from "#components/account/user-actions.ts";
import { FormDialog } from "#components/ui/form-dialog.tsx";
import type { TenantRole } from "#lib/account/role.ts";

type InviteDialogProps = { tenantId: string; invite: UserActions["invite"]; onClose(): void };

/** Invites somebody, then shows the link this once: whoever invites hands it over. */
export function InviteDialog({ tenantId, invite, onClose }: InviteDialogProps) {
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<TenantRole>("Read-Only");
  const [link, setLink] = useState<string | null>(null);
  const { send, isBusy, problemsOf } = useSubmit(invite, ({ path }) => setLink(location.origin + path), ["email"]);
  return (
    <FormDialog
      title="Invite"
      verb="Create invitation"
      isBusy={isBusy}
      problems={problemsOf("")}
      onSubmit={() => send({ tenantId, email, role })}
      onClose={onClose}
      outcome={
        link && (
          <OneTimeSecret label="invitation link" value={link}>
            Give this link to {email.trim()} on a way you trust. It works once, for 24 hours, and is not shown again.
          </OneTimeSecret>
        )
      }
    >
      <EmailField value={email} onChange={setEmail} problems={problemsOf("email")} />
      <RoleField value={role} onChange={setRole} />
    </FormDialog>
  );
}
