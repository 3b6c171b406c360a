import { Check, Eye, Minus, Save } from "lucide-react";
import type { ReactNode } from "react";
import { ExpiryBadge } from "#components/site/expiry-badge.tsx";
import { servingWords } from "#components/site/serving-words.ts";
import { Badge } from "#components/ui/badge.tsx";
import { classes } from "#components/ui/classes.ts";
import { useMoment } from "#components/ui/clock.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
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

/** Whether the site speaks TLS, as saved. */
export function TlsCell({ row }: { row: SiteRow }) {
  if (row.isUnreadable) return null;
  return (
    <>
      <State row={row} isOn={row.isSslEnabled}>
        {row.isSslEnabled ? "On" : "Off"}
      </State>
      <SavedOnly row={row} />
    </>
  );
}

/** Both directions of mTLS, as saved. */
export function MtlsCell({ row }: { row: SiteRow }) {
  const isObserved = useMoment((nowMs) => isObserving(row.observedUntil, nowMs));
  if (row.isUnreadable) return null;
  return (
    <>
      <State row={row} isOn={row.isDownstreamMtls}>
        {row.isDownstreamMtls ? `Downstream on · ${countCas(row.caCount)}` : "Downstream off"}
      </State>
      {isObserved && row.observedUntil && (
        <span className="flex items-start gap-1.5 @min-[46rem]:whitespace-nowrap">
          <Eye aria-hidden className="mt-0.5 size-4 shrink-0 text-quiet" />
          Observing until {dayOfObservation(row.observedUntil)}
        </span>
      )}
      <State row={row} isOn={row.isUpstreamMtls}>
        {row.isUpstreamMtls ? "Upstream on" : "Upstream off"}
      </State>
      <SavedOnly row={row} />
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
  const { meaning, name, more } = servingWords(serving);
  const isSilent = serving.state === "waiting" && !serving.isSensorAlive;
  return (
    <>
      <Badge meaning={meaning}>{name}</Badge>
      {isSilent && serving.lastSeenAt && (
        <span className="mt-0.5 block text-small text-quiet">
          last seen <Time value={serving.lastSeenAt} className="relative z-1 rounded-xs" />
        </span>
      )}
      {/* What a silent sensor means is said once, above the list. */}
      {more && !isSilent && <span className="mt-0.5 block text-small text-quiet wrap-anywhere">{more}</span>}
    </>
  );
}

/** The check stands for what is served: what is only saved protects nobody yet. */
function State({ row, isOn, children }: { row: SiteRow; isOn: boolean; children: ReactNode }) {
  const isCertain = isOn && isServed(row);
  const Icon = isServed(row) ? (isOn ? Check : Minus) : Save;
  return (
    <span className={classes("flex items-start gap-1.5 @min-[46rem]:whitespace-nowrap", !isCertain && "text-quiet")}>
      <Icon aria-hidden className={classes("mt-0.5 size-4 shrink-0", isCertain && "text-good")} />
      {children}
    </span>
  );
}

function SavedOnly({ row }: { row: SiteRow }) {
  return isServed(row) ? null : <span className="block text-small text-quiet">saved only</span>;
}

function isServed({ serving, revision }: SiteRow): boolean {
  return serving.state === "serving" && serving.revision === revision;
}
