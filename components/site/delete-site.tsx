"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useSite } from "#components/site/site-form-context.ts";
import type { SiteActions } from "#components/site/use-site-form.ts";
import { Button } from "#components/ui/button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { Field } from "#components/ui/field.tsx";
import type { FieldProblem } from "#components/ui/problem-list.tsx";
import { TextInput } from "#components/ui/text-input.tsx";
import { useToast } from "#components/ui/toast.tsx";

/** Deleting, after the site's name was typed: the one thing here that Restore cannot undo. */
export function DeleteSite({ actions }: { actions: SiteActions }) {
  const { view, form, abandon } = useSite();
  const router = useRouter();
  const toast = useToast();
  const [isOpen, setIsOpen] = useState(false);
  const [typedName, setTypedName] = useState("");
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const hostName = form.getValues("hostName");

  const removal = useMutation({
    mutationFn: () => actions.remove({ siteId: view.siteId ?? "", basedOn: view.revision ?? 0, typedName }),
    onSuccess: (result) => {
      if (!result.ok) return setProblems(result.problems);
      abandon();
      toast({
        title: `${hostName} was deleted`,
        description: "The sensor stops answering for it. The name stays reserved to your tenant for 30 days.",
      });
      router.replace("/settings/sites");
    },
    onError: () => setProblems([{ severity: "error", message: "The console did not answer. Check the connection and try again." }]),
  });

  function change(open: boolean) {
    setIsOpen(open);
    setTypedName("");
    setProblems([]);
  }

  function remove() {
    if (typedName.trim().toLowerCase() === hostName) return removal.mutate();
    setProblems([{ severity: "error", message: `Type ${hostName} to delete this site.` }]);
  }

  return (
    <section aria-labelledby="delete-title" className="card mt-8 flex flex-wrap items-center gap-x-6 gap-y-3 px-4 py-4 sm:px-6">
      <div className="min-w-0 flex-1 basis-64">
        <h2 id="delete-title" className="text-section font-semibold">
          Delete Site
        </h2>
        <p className="text-quiet">The sensor stops answering for {hostName} at once. The name stays reserved to your tenant for 30 days.</p>
      </div>
      <Button variant="danger" onClick={() => change(true)}>
        Delete this site
      </Button>
      <Dialog
        title={`Delete ${hostName}?`}
        description="Clients of this site get no answer any more. This cannot be undone."
        isOpen={isOpen}
        onOpenChange={change}
        footer={
          <>
            <Button onClick={() => change(false)}>Cancel</Button>
            <Button variant="danger" isBusy={removal.isPending} onClick={remove}>
              Delete
            </Button>
          </>
        }
      >
        <Field label="Name of the site" help={`Type ${hostName} to confirm.`} problems={problems}>
          <TextInput
            isMono
            value={typedName}
            onChange={(event) => {
              setTypedName(event.target.value);
              setProblems([]);
            }}
            onKeyDown={(event) => event.key === "Enter" && remove()}
          />
        </Field>
      </Dialog>
    </section>
  );
}
