import type { CertificateFacts } from "#lib/pki/facts.ts";
import type { FieldReading } from "#lib/site/field-reading.ts";
import type { PemField } from "#lib/site/pem-field.ts";
import type { Problem } from "#lib/site/problem.ts";
import type { SiteDraft } from "#lib/site/schema.ts";

/** Everything Site Details shows: plain JSON, and never a private key. */
export type SiteView = {
  /** Whose site it is, or would be. */
  tenantId: string;
  /** Whoever looks may not change it. */
  isReadOnly: boolean;
  /** Null on Add Site, as are `revision`, `savedAt` and `serving`. */
  siteId: string | null;
  revision: number | null;
  savedAt: string | null;
  /** The form's values; without the feature the mTLS fields are absent. */
  draft: SiteDraft;
  hasMtlsFeature: boolean;
  /** What stored mTLS goes on being enforced; null with the feature, where the form itself says it. */
  enforced: { isDownstream: boolean; downstreamCas: number; isUpstream: boolean; observedUntil: string | null } | null;
  stored: Record<PemField, CertificateFacts[]>;
  /** The chains that these stand in, and whom the CAs admit. */
  drawn: Record<PemField, Pick<FieldReading, "chains" | "admission">>;
  /** What is wrong with the stored revision without stopping it, as of now. */
  warnings: Problem[];
  serving: ServingView | null;
};

/** The sensor's answer about a site's current revision, as JSON. */
export type ServingView = {
  siteId: string;
  revision: number;
  state: "serving" | "not-serving" | "waiting";
  /** The revision that answers requests at present, as far as the sensor has said. */
  servingRevision: number | null;
  problems: Problem[];
  savedAt: string;
  /** When every worker served it; null while it does not serve. */
  servedAt: string | null;
  lastSeenAt: string | null;
  /** Whether a sensor gives signs of life; null when that cannot be known. */
  isSensorAlive: boolean | null;
};

/** One page of the list of sites. */
export type SitePage = {
  tenantId: string;
  rows: SiteRow[];
  /** Another text once any of the tenant's sites was made, saved or deleted. */
  newest: string;
  /** Which page of how many, from 1. */
  page: number;
  pages: number;
  /** The place of the first row among all that the search found, from 1. */
  from: number;
  found: number;
  /** Whether there is anything that another search would find. */
  hasSites: boolean;
};

/** What the list asks for every two seconds. */
export type ServingPoll = { newest: string; states: ServingView[] };

/** What the list of sites shows of one site. */
export type SiteRow = {
  id: string;
  hostName: string;
  isWildcard: boolean;
  isSslEnabled: boolean;
  isDownstreamMtls: boolean;
  caCount: number;
  /** When the observation of clients ends or ended (ISO), null for none. */
  observedUntil: string | null;
  isUpstreamMtls: boolean;
  /** Of the certificates that the site would fail without the one that runs out first: what it is, and when (ISO). */
  firstExpiry: { label: string; notAfter: string } | null;
  /** False where the stored revision cannot be used, so that nothing can be said of its certificates. */
  areCertificatesKnown: boolean;
  revision: number;
  savedAt: string;
  serving: ServingView;
  /** The stored revision cannot be read; the values above are then empty. */
  isUnreadable: boolean;
};
