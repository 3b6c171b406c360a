import { pemBlocks } from "#lib/site/changes.ts";
import type { SiteDraft } from "#lib/site/schema.ts";

/** What a collapsed section says of itself in one line. */
export type SectionName = "listener" | "ssl-tls" | "backend" | "proxy";

/** What a summary needs beside the draft: what is enforced without the feature, and the dates that matter. */
export type SummaryContext = {
  enforced: { isDownstream: boolean; downstreamCas: number; isUpstream: boolean } | null;
  firstExpiry: string;
  /** The day an observation of clients ends that goes on, empty where none does. */
  observedUntil: string;
  /** The blocks under Downstream mTLS Credentials that were read and are no CAs. */
  notCas: readonly number[];
};

/** One line per section, made of the values as they stand in the form. */
export function summarise(section: SectionName, draft: SiteDraft, context: SummaryContext): string {
  return sections[section](draft, context)
    .filter((part) => part !== "")
    .join(" · ");
}

/** "1 CA", "2 CAs". */
export function countCas(count: number): string {
  return `${count} CA${count === 1 ? "" : "s"}`;
}

const sections: Record<SectionName, (draft: SiteDraft, context: SummaryContext) => string[]> = {
  listener: (draft) => [draft.hostName.trim() || "No host name yet", draft.isWildcard ? `*.${draft.hostName.trim()}` : ""],
  "ssl-tls": (draft, context) => {
    if (!draft.isSslEnabled) return ["TLS off"];
    const downstream = downstreamOf(draft, context);
    return [
      draft.sslPolicy === "tls-1.3" ? "TLS 1.3" : "TLS 1.2 and 1.3",
      `Downstream mTLS ${downstream === null ? "off" : `on, ${countCas(downstream)}`}`,
      context.observedUntil === "" ? "" : `observing clients until ${context.observedUntil}`,
      `Upstream mTLS ${(context.enforced?.isUpstream ?? draft.isUpstreamMtls) ? "on" : "off"}`,
      draft.isTerminateOnly ? "Terminate Only" : "",
      context.firstExpiry,
    ];
  },
  backend: (draft) => [
    draft.origin.trim() === "" ? "No origin yet" : `${draft.origin.trim()} : ${portOf(draft)}`,
    draft.isOriginVerified || draft.isTerminateOnly ? "" : "certificate not verified",
  ],
  proxy: (draft) => [
    `${whole(draft.maxBodySizeMb)} MB`,
    `${whole(draft.readTimeoutS)} s / ${whole(draft.sendTimeoutS)} s`,
    draft.isRealIpSet ? `real IP from ${draft.realIpHeader}` : "",
    draft.responseHeaders.length > 0 ? `${draft.responseHeaders.length} response headers` : "",
  ],
};

function downstreamOf(draft: SiteDraft, { enforced, notCas }: SummaryContext): number | null {
  if (enforced) return enforced.isDownstream ? enforced.downstreamCas : null;
  return draft.isDownstreamMtls ? pemBlocks(draft.downstreamMtlsCredentials ?? "", notCas).size : null;
}

// Without TLS, and with Terminate Only, the origin is spoken to in plain HTTP.
function portOf(draft: SiteDraft): string {
  return whole(draft.isSslEnabled && !draft.isTerminateOnly ? draft.originHttpsPort : draft.originHttpPort);
}

function whole(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString("en") : "?";
}
