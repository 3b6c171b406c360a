"use client";

import { type ReactNode, useId, useState } from "react";
import { OneTimeSecret } from "#components/account/one-time-secret.tsx";
import { RoleField } from "#components/account/role-field.tsx";
import { useSubmit } from "#components/account/use-submit.ts";
import type { UserActions } from "#components/account/user-actions.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { HelpText } from "#components/ui/help-text.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { UserRow } from "#lib/console/users.ts";

type UserDialogProps = { tenantId: string; user: UserRow; actions: UserActions; onClose(): void };

/** Everything an Admin can do to one of the tenant's people; what cannot be done says why. */
export function UserDialog({ tenantId, user, actions, onClose }: UserDialogProps) {
  const toast = useToast();
  const [role, setRole] = useState(user.role);
  const [link, setLink] = useState<string | null>(null);
  const { userId, email, isDeactivated } = user;
  const place = { tenantId, userId };
  const done = (title: string) => () => {
    toast({ title });
    onClose();
  };
  const changing = useSubmit(actions.setRole, done(`${email} is ${role} now`));
  const removing = useSubmit(actions.remove, done(`${email} was removed from the tenant`));
  const resetting = useSubmit(actions.resetPassword, ({ path }) => setLink(location.origin + path));
  const dropping = useSubmit(actions.resetTwoFactor, done(`Two-factor of ${email} was reset`));
  const switching = useSubmit(actions.setDeactivated, done(`${email} was ${isDeactivated ? "reactivated" : "deactivated"}`));
  const problem = [changing, removing, resetting, dropping, switching].flatMap(({ problemsOf }) => problemsOf(""))[0];
  return (
    <Dialog title={email} isOpen onOpenChange={(isOpen) => !isOpen && onClose()} footer={<Button onClick={onClose}>Close</Button>}>
      <p role="alert" className="text-danger empty:hidden">
        {problem?.message}
      </p>
      {link ? (
        <OneTimeSecret label="reset link" value={link}>
          The old password does not work any more. Give this link to {email} on a way you trust: it works once, for 24 hours, and is not
          shown again.
        </OneTimeSecret>
      ) : (
        <div className="grid gap-4">
          <div className="grid justify-items-start gap-2">
            <RoleField value={role} onChange={setRole} disabledReason={user.whyRoleStays} />
            <Button disabled={role === user.role} isBusy={changing.isBusy} onClick={() => changing.send({ ...place, role })}>
              Change role
            </Button>
          </div>
          <Deed button="Reset password" isBusy={resetting.isBusy} whyNot={user.whyAccountStays} onDo={() => resetting.send(place)}>
            Ends the password and every session; you get a link with which they choose a new one. Two-factor stays on.
          </Deed>
          {user.hasTwoFactor && (
            <Deed button="Reset two-factor" isBusy={dropping.isBusy} whyNot={user.whyAccountStays} onDo={() => dropping.send(place)}>
              For a lost device: the password alone signs in until they turn two-factor on again. Ends every session.
            </Deed>
          )}
          <Deed
            button={isDeactivated ? "Reactivate" : "Deactivate"}
            isBusy={switching.isBusy}
            whyNot={user.whyAccountStays ?? (isDeactivated ? null : user.whyRoleStays)}
            onDo={() => switching.send({ ...place, isDeactivated: !isDeactivated })}
          >
            {isDeactivated
              ? "Lets them sign in again."
              : "Ends every session and lets them sign in no more; you can reactivate the account."}
          </Deed>
          <Deed button="Remove from tenant" isBusy={removing.isBusy} whyNot={user.whyRoleStays} onDo={() => removing.send(place)}>
            They see nothing of this tenant any more, at once. A new invitation brings them back.
          </Deed>
        </div>
      )}
    </Dialog>
  );
}

type DeedProps = { button: string; isBusy: boolean; whyNot: string | null; onDo(): void; children: ReactNode };

function Deed({ button, isBusy, whyNot, onDo, children }: DeedProps) {
  const id = useId();
  return (
    <div className="grid justify-items-start gap-1.5 border-t border-line pt-3">
      <HelpText id={id} help={children} disabledReason={whyNot} />
      <Button disabled={whyNot !== null} isBusy={isBusy} aria-describedby={id} onClick={onDo}>
        {button}
      </Button>
    </div>
  );
}
