"use client";

import { useLeaveGuard } from "#components/site/leave-guard.ts";
import { useSite } from "#components/site/site-form-context.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";

/** Asks before unsaved changes are left. */
export function UnsavedQuestion() {
  const { form, isOpening } = useSite();
  const { isAsking, stay, leave } = useLeaveGuard(form.formState.isDirty && !isOpening);
  return (
    <Dialog
      title="Leave without saving?"
      description="Your changes to this site are not saved. What is being served stays as it is."
      isOpen={isAsking}
      onOpenChange={(isOpen) => !isOpen && stay()}
      footer={
        <>
          <Button variant="danger" onClick={leave}>
            Leave without saving
          </Button>
          <Button variant="primary" onClick={stay}>
            Stay
          </Button>
        </>
      }
    />
  );
}
