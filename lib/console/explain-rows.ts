import type { PresentedView } from "#lib/console/activity-view.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { type Certificate, readCertificate } from "#lib/pki/certificate.ts";
import { createPace } from "#lib/pki/pace.ts";
import { explainVerdict } from "#lib/site/explain-verdict.ts";
import type { Explanation, Occurrence } from "#lib/site/explanation.ts";
import type { Site } from "#lib/site/schema.ts";
import { writtenAnchors } from "#lib/site/trust.ts";
import type { SeenCertificate } from "#lib/store/store.ts";

/** What rows of the ledger have in common that can be explained. */
type Row = Pick<Occurrence, "verdict" | "code" | "reason" | "status"> & { at: Date; isRefused: boolean; fingerprint: string | null };

type Place = { siteId: string | null; site: Site | null };

/**
 * Explains rows of one site by the certificates that the ledger kept and the CAs that the site has today. What was said of
 * one row is said again of its likes: a page of one partner's rows costs one comparison. Lets others go
 * first after every few certificates.
 */
export async function explainRows<Explained extends Row>(
  { store, now }: Pick<ConsoleContext, "store" | "now">,
  tenantId: string | null,
  { siteId, site }: Place,
  rows: readonly Explained[],
): Promise<[Explained, Explanation][]> {
  const presented = [...new Set(rows.flatMap(({ fingerprint }) => fingerprint ?? []))];
  const chains = await store.ledger.chains(tenantId, siteId, presented);
  const kept = await store.ledger.certificates([...presented, ...[...chains.values()].flat()]);
  const pace = createPace();
  const certificates = new Map<string, Certificate>();
  for (const { fingerprint, der } of kept) {
    const reading = readCertificate({ der });
    if ("certificate" in reading) certificates.set(fingerprint, reading.certificate);
    await pace.rest();
  }
  const find = (fingerprint: string) => certificates.get(fingerprint) ?? [];
  const authorities = site === null ? [] : await writtenAnchors(site, pace);
  const said = new Map<string, Explanation>();
  const explained: [Explained, Explanation][] = [];
  for (const row of rows) {
    const { verdict, isRefused, code, reason, status, at, fingerprint } = row;
    const moment = verdict === "CLIENT_CERT_NOT_YET_VALID" ? at.getTime() : 0;
    const key = JSON.stringify([verdict, isRefused, code, reason, status, fingerprint, moment]);
    const leaf = (fingerprint && certificates.get(fingerprint)) || null;
    const chain = (chains.get(fingerprint ?? "") ?? []).flatMap(find);
    const explanation =
      said.get(key) ?? explainVerdict({ verdict, isLetIn: !isRefused, code, reason, status, leaf, chain, authorities, at, now });
    said.set(key, explanation);
    explained.push([row, explanation]);
    await pace.rest();
  }
  return explained;
}

/** A presented certificate as pages show it. */
export function presentedView(certificate: SeenCertificate): PresentedView {
  const { subject, issuer, commonName, serial, notBefore, notAfter, names, extendedKeyUsage, key, isCa, fingerprint } = certificate;
  return {
    name: commonName || names.split(", ")[0] || subject || "a certificate without a name",
    subject,
    issuer,
    serial,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    names,
    purposes: extendedKeyUsage === null ? null : extendedKeyUsage.split(", ").map(purposeOf).join(", "),
    key,
    isCa,
    fingerprint,
  };
}

const purposes: Record<string, string> = {
  "1.3.6.1.5.5.7.3.1": "servers (serverAuth)",
  "1.3.6.1.5.5.7.3.2": "clients (clientAuth)",
  "1.3.6.1.5.5.7.3.3": "code signing",
  "1.3.6.1.5.5.7.3.4": "e-mail",
  "1.3.6.1.5.5.7.3.8": "time stamps",
  "1.3.6.1.5.5.7.3.9": "OCSP",
  "2.5.29.37.0": "any purpose",
};

function purposeOf(identifier: string): string {
  return purposes[identifier] ?? identifier;
}
