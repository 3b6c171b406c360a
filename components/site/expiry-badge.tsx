"use client";

import { Badge } from "#components/ui/badge.tsx";
import { useMoment } from "#components/ui/clock.tsx";
import { Time } from "#components/ui/time.tsx";
import { dayMs } from "#lib/site/expiry-threshold.ts";

/** When something runs out, louder the nearer it is: a notice from 30 days on, danger from 7. */
export function ExpiryBadge({ notAfter }: { notAfter: string }) {
  const urgency = useMoment((nowMs) => urgencyOf(Date.parse(notAfter) - nowMs));
  const time = <Time value={notAfter} className="relative z-1 rounded-xs underline decoration-dotted underline-offset-4" />;
  if (urgency === "later") return <span className="@min-[46rem]:whitespace-nowrap">Expires {time}</span>;
  return (
    <Badge meaning={urgency === "soon" ? "notice" : "danger"} className="@min-[46rem]:whitespace-nowrap">
      {urgency === "expired" ? "Expired" : "Expires"} {time}
    </Badge>
  );
}

function urgencyOf(leftMs: number): "expired" | "now" | "soon" | "later" {
  if (leftMs < 0) return "expired";
  if (leftMs < 7 * dayMs) return "now";
  return leftMs < 30 * dayMs ? "soon" : "later";
}
