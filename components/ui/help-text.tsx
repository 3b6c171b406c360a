import { Lock } from "lucide-react";
import type { ReactNode } from "react";

/** The line under a label: why the control cannot be used, where it cannot, else what follows from using it. */
export function HelpText({ id, help, disabledReason }: { id: string; help?: ReactNode; disabledReason?: ReactNode }) {
  if (disabledReason) {
    return (
      <p id={id} className="flex items-start gap-1.5 text-quiet">
        <Lock aria-hidden className="mt-[3px] size-3.5 shrink-0" />
        <span className="min-w-0">{disabledReason}</span>
      </p>
    );
  }
  return (
    <p id={id} className="max-w-[84ch] text-quiet empty:hidden">
      {help}
    </p>
  );
}
