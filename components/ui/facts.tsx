import type { ReactNode } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";

/** One thing that is known; `copy` is the text its copy button takes. */
export type Fact = { label: string; value: ReactNode; isMono?: boolean; copy?: string };

/** What is known of a thing, as label and value. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="grid gap-x-4 gap-y-1 sm:grid-cols-[minmax(7rem,auto)_minmax(0,1fr)]">
      {facts.map(({ label, value, isMono, copy }) => (
        <div key={label} className="contents">
          <dt className="text-quiet max-sm:not-first:mt-1">{label}</dt>
          <dd className={isMono ? "min-w-0 font-mono text-mono wrap-anywhere" : "min-w-0 wrap-anywhere"}>
            {value}
            {copy !== undefined && (
              <>
                {" "}
                <CopyButton value={copy} label={`Copy ${label}`} />
              </>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
