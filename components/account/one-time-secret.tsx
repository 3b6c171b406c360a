"use client";

import type { ReactNode } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { StatusText } from "#components/ui/status-region.tsx";

type OneTimeSecretProps = { label: string; value: string; children: ReactNode };

/** Something that is shown this once: what it is, the text itself, and a button that copies it. */
export function OneTimeSecret({ label, value, children }: OneTimeSecretProps) {
  return (
    <div className="grid gap-2">
      <StatusText meaning="notice">{children}</StatusText>
      {/* biome-ignore lint/a11y/useSemanticElements: no group of controls, only a name for the text. */}
      <div role="group" aria-label={label} className="flex items-start gap-2 rounded-control bg-hover px-3 py-2">
        <code className="min-w-0 flex-1 font-mono text-mono whitespace-pre-wrap wrap-anywhere">{value}</code>
        <CopyButton value={value} label={`Copy ${label}`} />
      </div>
    </div>
  );
}
