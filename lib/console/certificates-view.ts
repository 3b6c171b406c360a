import type { CertificateKind } from "#lib/site/certificate-kind.ts";
import type { WebhookOutcome } from "#lib/site/webhook-outcome.ts";

/** Everything the page Certificates shows: plain JSON, dates in ISO form. */
export type CertificatesView = {
  tenantId: string;
  isReadOnly: boolean;
  /** First to run out first. */
  rows: CertificateRow[];
  /** More clients were seen than are listed: those that run out later are left out. */
  isCutOff: boolean;
  /** Sites of whose certificates nothing is known, because their stored revision cannot be used. */
  unreadable: { id: string; hostName: string }[];
  webhook: { host: string; author: string; setAt: string } | null;
  /** Newest first. */
  deliveries: DeliveryView[];
};

/** One certificate in one use, with all the tenant's sites that it is used by. */
export type CertificateRow = {
  kind: CertificateKind;
  fingerprint: string;
  /** What to call it. */
  name: string;
  subject: string;
  issuer: string;
  notBefore: string;
  notAfter: string;
  sites: { id: string; hostName: string }[];
  /** What breaks when it runs out, a sentence. */
  effect: string;
  /** The tenant sees no mTLS settings: the sensor enforces this all the same, and nobody here can change it. */
  isFixed: boolean;
  /** The most urgent notice that was given. */
  notice: { days: number; at: string } | null;
  /** Of a client's certificate: when it was last shown. */
  seenAt: string | null;
};

export type DeliveryView = {
  id: string;
  createdAt: string;
  state: "pending" | "delivered" | "given-up" | "withdrawn";
  count: number;
  attempts: number;
  nextAt: string | null;
  last: { at: string; outcome: WebhookOutcome } | null;
};
