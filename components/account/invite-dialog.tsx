"use client";

import { useId, useState } from "react";
import { EmailField } from "#components/account/credential-fields.tsx";
import { OneTimeSecret } from "#components/account/one-time-secret.tsx";
import { RoleField } from "#components/account/role-field.tsx";
import { useSubmit } from "#components/account/use-submit.ts";
import type { UserActions } from "#components/account/user-actions.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import type { TenantRole } from "#lib/account/role.ts";

type InviteDialogProps = { tenantId: string; invite: UserActions["invite"]; onClose(): void };

/** Invites somebody, then shows the link this once: whoever invites hands it over. */
export function InviteDialog({ tenantId, invite, onClose }: InviteDialogProps) {
  const formId = useId();
  const [email, setEmail] = useState("");
  const [role, setRole] = useState<TenantRole>("Read-Only");
  const [link, setLink] = useState<string | null>(null);
  const { send, isBusy, problemsOf } = useSubmit(invite, ({ path }) => setLink(location.origin + path), ["email"]);
  const footer = link ? (
    <Button variant="primary" onClick={onClose}>
      Done
    </Button>
  ) : (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button type="submit" form={formId} variant="primary" isBusy={isBusy}>
        Create invitation
      </Button>
    </>
  );
  return (
    <Dialog title="Invite" isOpen onOpenChange={(isOpen) => !isOpen && onClose()} footer={footer}>
      {link ? (
        <OneTimeSecret label="invitation link" value={link}>
          Give this link to {email.trim()} on a way you trust. It works once, for 24 hours, and is not shown again.
        </OneTimeSecret>
      ) : (
        <form
          id={formId}
          noValidate
          method="post"
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            send({ tenantId, email, role });
          }}
        >
          <p role="alert" className="text-danger empty:hidden">
            {problemsOf("")[0]?.message}
          </p>
          <EmailField value={email} onChange={setEmail} problems={problemsOf("email")} />
          <RoleField value={role} onChange={setRole} />
        </form>
      )}
    </Dialog>
  );
}
