import { randomUUID } from "node:crypto";
import type { CertificateKind } from "#lib/site/certificate-kind.ts";
import { expiryEffect } from "#lib/site/expiry-effect.ts";
import type { NoticeChange } from "#lib/store/notice-writer.ts";

/** A certificate in the place where a site uses it. */
export type DatedUse = {
  tenantId: string;
  siteId: string;
  hostName: string;
  use: CertificateKind;
  fingerprint: string;
  name: string;
  subject: string;
  notAfter: Date;
  /** Thresholds of more days are none for it; left out, all count. */
  mostDays?: number;
};

/** What one tenant is told of one certificate: for which sites, and how many days before its end. */
export type Notice = Pick<DatedUse, "tenantId" | "use" | "fingerprint" | "name" | "subject" | "notAfter"> & {
  days: number;
  sites: { id: string; hostName: string }[];
};

/** A message names no more than these, the first to run out; all others are counted in it. */
const mostNamed = 100;

/** One notice for each tenant, use, certificate and threshold, however many sites it is about; first to run out first. */
export function noticesOf(due: readonly (DatedUse & { days: number })[]): Notice[] {
  const groups = Map.groupBy(due, ({ tenantId, use, fingerprint, days }) => `${tenantId} ${use} ${fingerprint} ${days}`);
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined) return [];
      const { tenantId, use, fingerprint, name, subject, notAfter, days } = first;
      return [
        {
          tenantId,
          use,
          fingerprint,
          name,
          subject,
          notAfter,
          days,
          sites: group.map(({ siteId, hostName }) => ({ id: siteId, hostName })),
        },
      ];
    })
    .sort((a, b) => a.notAfter.getTime() - b.notAfter.getTime());
}

/** One message for each tenant, whatever the number of its notices: a clock that was wrong must not call a receiver a thousand times. */
export function messagesOf(notices: readonly Notice[], now: Date): NoticeChange["messages"] {
  return [...Map.groupBy(notices, ({ tenantId }) => tenantId)].map(([tenantId, own]) => ({
    id: `msg_${randomUUID()}`,
    tenantId,
    body: JSON.stringify(bodyOf(tenantId, own, now)),
    places: own.flatMap(({ use, fingerprint, sites }) => sites.map(({ id }): [string, CertificateKind, string] => [id, use, fingerprint])),
  }));
}

/** The message that the test button sends. */
export function testBody(tenantId: string, now: Date): string {
  return JSON.stringify({ type: "webhook.test", timestamp: now.toISOString(), data: { tenantId } });
}

function bodyOf(tenantId: string, notices: readonly Notice[], now: Date) {
  const named = notices.slice(0, mostNamed).map(({ use, name, subject, fingerprint, notAfter, days, sites }) => ({
    kind: use,
    name,
    subject,
    fingerprint,
    notAfter: notAfter.toISOString(),
    thresholdDays: days,
    consequence: expiryEffect(
      use,
      name,
      sites.map(({ hostName }) => hostName),
    ),
    sites: sites.slice(0, mostNamed),
  }));
  const data = { tenantId, certificates: named, omitted: notices.length - named.length };
  return { type: "certificates.expiring", timestamp: now.toISOString(), data };
}
