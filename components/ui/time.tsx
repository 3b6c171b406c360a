"use client";

import { Tooltip } from "@base-ui/react/tooltip";
import { useId, useState } from "react";
import { useMoment } from "#components/ui/clock.tsx";
import { relativeTime } from "#components/ui/relative-time.ts";

/** A point in time as people say it; hover or focus tells it exactly, in the viewer's zone. */
export function Time({ value, className }: { value: string; className?: string }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const atMs = Date.parse(value);
  const words = useMoment((nowMs) => (Number.isNaN(atMs) ? "" : relativeTime(atMs, nowMs)));
  if (words === "") return null;
  return (
    <Tooltip.Root open={isOpen} onOpenChange={setOpen}>
      <Tooltip.Trigger
        delay={200}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time must be within reach of the keyboard.
        render={<time dateTime={value} tabIndex={0} aria-describedby={isOpen ? id : undefined} />}
        className={className ?? "rounded-xs underline decoration-control decoration-dotted underline-offset-4"}
      >
        {words}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6} className="z-50">
          <Tooltip.Popup
            id={id}
            role="tooltip"
            className="rounded-control border border-line bg-raised px-2 py-1 font-mono text-small shadow-overlay"
          >
            {isOpen && exactTime(atMs)}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}

function exactTime(atMs: number): string {
  return new Date(atMs).toLocaleString("en-GB", {
    day: "2-digit",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    timeZoneName: "short",
  });
}
