"use client";

import { ChevronRight } from "lucide-react";
import { type ReactNode, useId } from "react";
import { LiveButton } from "#components/ui/live-button.tsx";

type SectionProps = {
  title: string;
  /** What the section holds, in one line, while it is collapsed. */
  summary?: ReactNode;
  isOpen: boolean;
  onOpenChange(isOpen: boolean): void;
  children: ReactNode;
};

/** A card whose heading folds it; folded content stays in the page, so its controls keep their values. */
export function Section({ title, summary, isOpen, onOpenChange, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={`${id}-title`} className="card">
      <div className="flex min-h-12 flex-wrap items-center gap-x-4 gap-y-0.5 px-2 py-2 sm:flex-nowrap">
        <h2 className="shrink-0 text-section font-semibold">
          <LiveButton
            id={`${id}-title`}
            aria-expanded={isOpen}
            aria-controls={`${id}-content`}
            onClick={() => onOpenChange(!isOpen)}
            className="flex items-center gap-1.5 rounded-control py-1 pr-2.5 pl-1 hover:bg-hover"
          >
            <ChevronRight aria-hidden className={isOpen ? "size-4 rotate-90 transition-transform" : "size-4 transition-transform"} />
            {title}
          </LiveButton>
        </h2>
        {!isOpen && summary && (
          <p className="min-w-0 pl-7 text-quiet max-sm:w-full sm:ml-auto sm:truncate sm:pr-2 sm:pl-0 sm:text-right">{summary}</p>
        )}
      </div>
      <div
        id={`${id}-content`}
        hidden={!isOpen}
        className="grid gap-3 border-t border-line px-4 pt-4 pb-3 sm:px-6 sm:pt-5 sm:pb-4 [&[hidden]]:hidden"
      >
        {children}
      </div>
    </section>
  );
}
