"use client";

import type { KeyboardEvent, ReactNode } from "react";
import { Link } from "#components/ui/link.tsx";

/** One page of several that stand beside each other. */
export type Tab = { label: string; href: string };

/** Tabs that are links, so that each page has an address of its own; arrow keys go from one to the next. */
export function Tabs({ label, tabs, current }: { label: string; tabs: readonly Tab[]; current: string }) {
  return (
    <div role="tablist" aria-label={label} onKeyDown={moveBetweenTabs} className="mb-4 flex gap-1 border-b border-line">
      {tabs.map((tab) => (
        <Link
          key={tab.label}
          id={idOf(tab.label)}
          role="tab"
          href={tab.href}
          aria-selected={tab.label === current}
          aria-controls={tab.label === current ? "tab-panel" : undefined}
          tabIndex={tab.label === current ? 0 : -1}
          className="-mb-px rounded-t-control border-b-2 border-transparent px-3 py-1.5 text-quiet hover:text-ink aria-selected:border-accent aria-selected:font-medium aria-selected:text-ink"
        >
          {tab.label}
        </Link>
      ))}
    </div>
  );
}

/** What the chosen tab shows. */
export function TabPanel({ current, children }: { current: string; children: ReactNode }) {
  return (
    <div role="tabpanel" id="tab-panel" aria-labelledby={idOf(current)}>
      {children}
    </div>
  );
}

function idOf(label: string): string {
  return `tab-${label.toLowerCase()}`;
}

function moveBetweenTabs(event: KeyboardEvent<HTMLElement>) {
  const tabs = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")];
  const at = tabs.indexOf(event.target as HTMLElement);
  const step = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
  if (step === undefined || at < 0) return;
  event.preventDefault();
  tabs.at(step % tabs.length)?.focus();
}
