import { Lock } from "lucide-react";

/** The id of the sentence, for the controls that it explains. */
export const readOnlyNoteId = "read-only-note";

/** Why nothing on the page can be changed. */
export function ReadOnlyNote() {
  return (
    <p id={readOnlyNoteId} className="flex items-start gap-2 rounded-control bg-hover px-3 py-2">
      <Lock aria-hidden className="mt-0.5 size-4 shrink-0 text-quiet" />
      <span className="min-w-0">
        Your role in this tenant is Read-Only: you see how the site is set up and cannot change it. What this page says to do is for one of
        the tenant’s Admins: ask them.
      </span>
    </p>
  );
}
