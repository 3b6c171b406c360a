"use client";

import { CircleX } from "lucide-react";
import { type MouseEvent, useEffect, useId, useRef } from "react";

/** One refusal and the field it is about, `fallbackId` when that is gone; without a field it is about the whole. */
export type SummaryItem = { message: string; fieldId?: string; fallbackId?: string; label?: string };

type ErrorSummaryProps = {
  title: string;
  items: readonly SummaryItem[];
  /** Counts the failed attempts: with each the summary takes the focus. */
  attempt: number;
  /** Called before the focus goes to the field, to open what hides it. */
  onFollow?(item: SummaryItem): void;
};

/** Everything that stops a form, as links to the fields. */
export function ErrorSummary({ title, items, attempt, onFollow }: ErrorSummaryProps) {
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (attempt > 0) box.current?.focus();
  }, [attempt]);
  if (items.length === 0) return null;

  function follow(event: MouseEvent, item: SummaryItem) {
    event.preventDefault();
    onFollow?.(item);
    // One frame later the section that held the field is open.
    requestAnimationFrame(() => {
      const field = document.getElementById(item.fieldId ?? "") ?? document.getElementById(item.fallbackId ?? "");
      field?.focus();
      field?.scrollIntoView({ block: "center" });
    });
  }

  return (
    <div
      ref={box}
      role="alert"
      tabIndex={-1}
      aria-labelledby={id}
      className="rounded-card border border-danger bg-danger-soft px-4 py-3 text-ink"
    >
      <h2 id={id} className="flex items-center gap-2 font-semibold text-danger">
        <CircleX aria-hidden className="size-4 shrink-0" />
        {title}
      </h2>
      <ul className="mt-1.5 grid gap-1 pl-6">
        {items.map((item) => (
          <li key={`${item.fieldId} ${item.message}`} className="wrap-anywhere">
            {item.fieldId ? (
              <a
                href={`#${item.fieldId}`}
                onClick={(event) => follow(event, item)}
                className="inline-block py-0.5 underline underline-offset-2"
              >
                {item.label && `${item.label}: `}
                {item.message}
              </a>
            ) : (
              item.message
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
