"use client";

import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { useMoment } from "#components/ui/clock.tsx";
import { relativeTime } from "#components/ui/relative-time.ts";

const delayMs = 200;

/** A point in time as people say it; hover or focus tells it exactly, in the viewer's zone. */
export function Time({ value, className }: { value: string; className?: string }) {
  const id = useId();
  const [isOpen, setOpen] = useState(false);
  const delay = useRef<ReturnType<typeof setTimeout>>(undefined);
  const atMs = Date.parse(value);
  const words = useMoment((nowMs) => (Number.isNaN(atMs) ? "" : relativeTime(atMs, nowMs)));
  useEffect(() => () => clearTimeout(delay.current), []);
  if (words === "") return null;

  function show(isWanted: boolean, afterMs = 0) {
    clearTimeout(delay.current);
    if (afterMs === 0) setOpen(isWanted);
    else delay.current = setTimeout(() => setOpen(isWanted), afterMs);
  }

  return (
    // The exact time is inside, so that the pointer can go over it without its going away (WCAG 2.2, 1.4.13).
    <time
      dateTime={value}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time must be within reach of the keyboard.
      tabIndex={0}
      aria-describedby={isOpen ? id : undefined}
      onPointerEnter={() => show(true, delayMs)}
      onPointerLeave={() => show(false)}
      onFocus={({ target }) => target.matches(":focus-visible") && show(true)}
      onBlur={() => show(false)}
      onKeyDown={({ key }) => key === "Escape" && show(false)}
      className={className ?? "rounded-xs underline decoration-control decoration-dotted underline-offset-4"}
    >
      {words}
      {isOpen && <ExactTime id={id} atMs={atMs} />}
    </time>
  );
}

/** Above all else and over its words, or under them where there is no room above. */
function ExactTime({ id, atMs }: { id: string; atMs: number }) {
  const popup = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const shown = popup.current;
    const words = shown?.parentElement?.getBoundingClientRect();
    if (!shown || !words) return;
    shown.showPopover();
    const { offsetHeight, offsetWidth } = shown;
    shown.style.top = `${words.top >= offsetHeight ? words.top - offsetHeight : words.bottom}px`;
    const middle = words.left + words.width / 2 - offsetWidth / 2;
    shown.style.left = `${Math.max(4, Math.min(middle, innerWidth - offsetWidth - 4))}px`;
  }, []);
  return (
    <span ref={popup} popover="manual" className="fixed inset-auto m-0 border-0 bg-transparent p-0 py-1.5 text-ink">
      <span
        id={id}
        role="tooltip"
        className="block rounded-control border border-line bg-raised px-2 py-1 font-mono text-small font-normal whitespace-nowrap shadow-overlay"
      >
        {exactTime(atMs)}
      </span>
    </span>
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
