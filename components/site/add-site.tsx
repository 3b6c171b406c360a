import { Lock, Plus } from "lucide-react";
import { LinkButton } from "#components/ui/link-button.tsx";

/** The way to a new site; for whoever may only look, the reason why there is none. */
export function AddSite({ isReadOnly }: { isReadOnly: boolean }) {
  if (isReadOnly) {
    return (
      <p className="flex items-start gap-1.5 text-quiet">
        <Lock aria-hidden className="mt-[3px] size-3.5 shrink-0" />
        Your role here is Read-Only: an Admin of this tenant adds sites.
      </p>
    );
  }
  return (
    <LinkButton href="/settings/sites/new" variant="primary">
      <Plus aria-hidden className="size-4" />
      Add Site
    </LinkButton>
  );
}
