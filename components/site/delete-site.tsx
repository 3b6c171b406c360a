"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { useSite } from "#components/site/site-form-context.ts";
import type { SiteActions } from "#components/site/use-site-form.ts";
import { Button } from "#components/ui/button.tsx";
import { lateDialog } from "#components/ui/late-dialog.tsx";
import { useToast } from "#components/ui/toast.tsx";

const TypedNameDialog = lateDialog(
  async () => (await import("#components/site/typed-name-dialog.tsx")).TypedNameDialog<{ revision: number }>,
);

/** Deleting, after the site's name was typed: the one thing here that Restore cannot undo. */
export function DeleteSite({ actions }: { actions: SiteActions }) {
  const { view, form, abandon } = useSite();
  const router = useRouter();
  const toast = useToast();
  const [isOpen, setIsOpen] = useState(false);
  const hostName = form.getValues("hostName");

  function leave() {
    abandon();
    toast({
      title: `${hostName} was deleted`,
      description: "The sensor stops answering for it. The name stays reserved to your tenant for 30 days.",
    });
    router.replace("/settings/sites");
  }

  return (
    <section aria-labelledby="delete-title" className="card mt-8 flex flex-wrap items-center gap-x-6 gap-y-3 px-4 py-4 sm:px-6">
      <div className="min-w-0 flex-1 basis-64">
        <h2 id="delete-title" className="text-section font-semibold">
          Delete Site
        </h2>
        <p className="text-quiet">
          The sensor stops answering for {hostName} at once, and its private keys are erased. The name stays reserved to your tenant for 30
          days.
        </p>
      </div>
      <Button variant="danger" onClick={() => setIsOpen(true)}>
        Delete this site
      </Button>
      {isOpen && (
        <TypedNameDialog
          title={`Delete ${hostName}?`}
          description="Clients of this site get no answer any more, and its private keys are erased here. This cannot be undone: keep copies of keys that you need elsewhere."
          hostName={hostName}
          verb="Delete"
          isOpen
          onClose={() => setIsOpen(false)}
          act={(typedName) => actions.remove({ siteId: view.siteId ?? "", basedOn: view.revision ?? 0, typedName })}
          onDone={leave}
        />
      )}
    </section>
  );
}
