"use client";

import { type Control, useWatch } from "react-hook-form";
import { useNow } from "#components/ui/clock.tsx";
import { relativeTime } from "#components/ui/relative-time.ts";
import type { SiteView } from "#lib/console/site-view.ts";
import type { SiteDraft } from "#lib/site/schema.ts";
import { type SectionName, summarise } from "#lib/site/summary.ts";

/** The line that stands for a folded section, as the form is at present. */
export function useSummary(control: Control<SiteDraft>, view: SiteView): (section: SectionName) => string {
  const draft = useWatch({ control }) as SiteDraft;
  const firstExpiry = describeExpiry(view, useNow());
  return (section) => summarise(section, draft, { enforced: view.enforced, firstExpiry });
}

function describeExpiry({ draft, stored }: SiteView, now: number): string | null {
  const inUse = [
    ...(draft.isSslEnabled ? stored.sslCredentials : []),
    ...(draft.isDownstreamMtls ? stored.downstreamMtlsCredentials : []),
    ...(draft.isUpstreamMtls ? stored.upstreamMtlsCredentials : []),
  ];
  const ends = inUse.map(({ notAfter }) => Date.parse(notAfter)).filter((at) => !Number.isNaN(at));
  if (ends.length === 0) return null;
  const first = Math.min(...ends);
  return first <= now ? `a certificate expired ${relativeTime(first, now)}` : `first expires ${relativeTime(first, now)}`;
}
