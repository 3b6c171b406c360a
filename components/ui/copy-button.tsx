"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { LiveButton } from "#components/ui/live-button.tsx";
import { VisuallyHidden } from "#components/ui/visually-hidden.tsx";

/** Puts a value on the clipboard and says so; `label` is its accessible name, "Copy fingerprint". */
export function CopyButton({ value, label }: { value: string; label: string }) {
  const [outcome, setOutcome] = useState<"copied" | "refused" | null>(null);
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(null), 2_000);
    return () => clearTimeout(timer);
  }, [outcome]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(value);
      setOutcome("copied");
    } catch {
      setOutcome("refused");
    }
  }

  return (
    <>
      <LiveButton
        aria-label={label}
        title={label}
        onClick={copy}
        className="inline-grid size-6 shrink-0 place-items-center rounded-control align-middle text-quiet hover:bg-hover hover:text-ink pointer-coarse:size-8"
      >
        {outcome === "copied" ? <Check aria-hidden className="size-3.5 text-good" /> : <Copy aria-hidden className="size-3.5" />}
      </LiveButton>
      <span aria-live="polite">
        {outcome === "copied" && <VisuallyHidden>Copied</VisuallyHidden>}
        {outcome === "refused" && <span className="text-small text-danger">Copying failed: select the text instead</span>}
      </span>
    </>
  );
}
