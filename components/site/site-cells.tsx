import { Check, Eye, Minus } from "lucide-react";
import type { ReactNode } from "react";
import { ExpiryBadge } from "#components/site/expiry-badge.tsx";
import { Badge } from "#components/ui/badge.tsx";
import { useMoment } from "#components/ui/clock.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import type { Meaning } from "#components/ui/meaning.tsx";
import { Time } from "#components/ui/time.tsx";
import type { ServingView, SiteRow } from "#lib/console/site-view.ts";
import { dayOfObservation, isObserving } from "#lib/site/observation.ts";
import { countCas } from "#lib/site/summary.ts";

/** Host name, and the wildcard under it. */
export function SiteCell({ row }: { row: SiteRow }) {
  if (row.isUnreadable) {
    return (
      <>
        <span className="block font-mono text-mono wrap-anywhere">{row.id}</span>
        <Badge meaning="danger">The stored revision cannot be read</Badge>
      </>
    );
  }
  return (
    <div className="flex items-start gap-1 font-mono text-mono">
      <span className="min-w-0 py-0.5 wrap-anywhere">
        <span className="font-medium">{row.hostName}</span>
        {row.isWildcard && <span className="block text-quiet">*.{row.hostName}</span>}
      </span>
      <span className="relative z-1 shrink-0">
        <CopyButton value={row.hostName} label={`Copy ${row.hostName}`} />
      </span>
    </div>
  );
}

/** Whether the site speaks TLS. */
export function TlsCell({ row }: { row: SiteRow }) {
  if (row.isUnreadable) return null;
  return <State isOn={row.isSslEnabled}>{row.isSslEnabled ? "On" : "Off"}</State>;
}

/** Both directions of mTLS. */
export function MtlsCell({ row }: { row: SiteRow }) {
  const isObserved = useMoment((nowMs) => isObserving(row.observedUntil, nowMs));
  if (row.isUnreadable) return null;
  return (
    <>
      <State isOn={row.isDownstreamMtls}>{row.isDownstreamMtls ? `Downstream on · ${countCas(row.caCount)}` : "Downstream off"}</State>
      {isObserved && row.observedUntil && (
        <span className="flex items-start gap-1.5 @min-[46rem]:whitespace-nowrap">
          <Eye aria-hidden className="mt-0.5 size-4 shrink-0 text-quiet" />
          Observing until {dayOfObservation(row.observedUntil)}
        </span>
      )}
      <State isOn={row.isUpstreamMtls}>{row.isUpstreamMtls ? "Upstream on" : "Upstream off"}</State>
    </>
  );
}

/** The certificate that runs out first. */
export function ExpiryCell({ row }: { row: SiteRow }) {
  if (!row.firstExpiry) return <span className="text-quiet">{row.areCertificatesKnown ? "No certificates" : "Not known"}</span>;
  return (
    <>
      <ExpiryBadge notAfter={row.firstExpiry.notAfter} />
      <span className="block text-small text-quiet">{row.firstExpiry.label}</span>
    </>
  );
}

/** What the sensor really does with the site. */
export function ServingCell({ serving }: { serving: ServingView }) {
  const { meaning, words } = servingWords(serving);
  const reason = serving.state === "not-serving" ? serving.problems.find(({ severity }) => severity === "error")?.message : undefined;
  return (
    <>
      <Badge meaning={meaning}>{words}</Badge>
      {reason && <span className="mt-0.5 block text-small text-quiet wrap-anywhere">{reason}</span>}
      {serving.state === "not-serving" && <span className="block text-small text-quiet">{fallback(serving)}</span>}
      {serving.state === "waiting" && serving.lastSeenAt && (
        <span className="block text-small text-quiet">
          last seen <Time value={serving.lastSeenAt} className="relative z-1 rounded-xs" />
        </span>
      )}
    </>
  );
}

function servingWords({ state, revision }: ServingView): { meaning: Meaning; words: string } {
  if (state === "serving") return { meaning: "good", words: `Serving revision ${revision}` };
  if (state === "not-serving") return { meaning: "danger", words: `Not serving revision ${revision}` };
  return { meaning: "unknown", words: "Waiting for the sensor" };
}

function fallback({ servingRevision }: ServingView): string {
  return servingRevision === null ? "Every request is refused (503)." : `Revision ${servingRevision} keeps serving.`;
}

function State({ isOn, children }: { isOn: boolean; children: ReactNode }) {
  const Icon = isOn ? Check : Minus;
  return (
    <span
      className={
        isOn
          ? "flex items-start gap-1.5 @min-[46rem]:whitespace-nowrap"
          : "flex items-start gap-1.5 text-quiet @min-[46rem]:whitespace-nowrap"
      }
    >
      <Icon aria-hidden className={isOn ? "mt-0.5 size-4 shrink-0 text-good" : "mt-0.5 size-4 shrink-0"} />
      {children}
    </span>
  );
}
