"use client";

import { useWatch } from "react-hook-form";
import { useSite } from "#components/site/site-form-context.ts";
import { useMoment } from "#components/ui/clock.tsx";
import { relativeTime } from "#components/ui/relative-time.ts";
import type { SiteView } from "#lib/console/site-view.ts";
import { dayOfObservation, isObserving } from "#lib/site/observation.ts";
import type { SiteDraft } from "#lib/site/schema.ts";
import { type SectionName, summarise } from "#lib/site/summary.ts";

/** The line that stands for a folded section, as the form is at present. */
export function SectionSummary({ name }: { name: SectionName }) {
  const { form, view, notCas } = useSite();
  const draft = useWatch({ control: form.control }) as SiteDraft;
  const firstExpiry = useMoment((now) => describeExpiry(view, now));
  const observed = view.enforced ? view.enforced.observedUntil : draft.observedUntil;
  const observedUntil = useMoment((now) => (observed && isObserving(observed, now) ? dayOfObservation(observed) : ""));
  return summarise(name, draft, { enforced: view.enforced, firstExpiry, observedUntil, notCas: notCas.downstreamMtlsCredentials ?? [] });
}

function describeExpiry({ draft, stored }: SiteView, now: number): string {
  const inUse = [
    ...(draft.isSslEnabled ? stored.sslCredentials : []),
    ...(draft.isDownstreamMtls ? stored.downstreamMtlsCredentials : []),
    ...(draft.isUpstreamMtls ? stored.upstreamMtlsCredentials : []),
  ];
  const ends = inUse.map(({ notAfter }) => Date.parse(notAfter)).filter((at) => !Number.isNaN(at));
  if (ends.length === 0) return "";
  const first = Math.min(...ends);
  return first <= now ? `a certificate expired ${relativeTime(first, now)}` : `first expires ${relativeTime(first, now)}`;
}
