import { type Certificate, nameOf } from "#lib/pki/certificate.ts";
import { type Problem, warning } from "#lib/site/problem.ts";

/**
 * Codes of problems that time alone brings. `compileSite` says them as warnings, so that time never stops a site that
 * serves; `judgeSave` makes them errors in a field that changes.
 */
export const timeCodes: readonly string[] = [
  "certificate.expired",
  "certificate.not-yet-valid",
  "chain.expired",
  "chain.not-yet-valid",
  "ca.all-expired",
];

/** Whether `now` lies between the certificate's two dates, both included (RFC 5280 §4.1.2.5); an unreadable date is outside. */
export function isInDate(certificate: Certificate, now: Date): boolean {
  return certificate.notBefore <= now && now <= certificate.notAfter;
}

/** What the clock says against a certificate, with codes that begin with `prefix`; nothing while it is in date. */
export function judgeDates(path: string, prefix: "certificate" | "chain" | "ca", certificate: Certificate, now: Date): Problem[] {
  if (isInDate(certificate, now)) return [];
  const name = nameOf(certificate);
  const isEarly = now < certificate.notBefore;
  const message = isEarly
    ? `“${name}” is not valid before ${day(certificate.notBefore)}. Paste a certificate that is valid today, or save it then.`
    : `“${name}” expired on ${day(certificate.notAfter)}. Paste its renewed certificate${prefix === "ca" ? ", or remove it" : ""}.`;
  return [{ ...warning(path, `${prefix}.${isEarly ? "not-yet-valid" : "expired"}`, message), ...blockOf(certificate) }];
}

/** The block number as a problem carries it. */
export function blockOf(certificate: Certificate): { block?: number } {
  return certificate.block === undefined ? {} : { block: certificate.block };
}

function day(date: Date): string {
  return Number.isNaN(date.getTime()) ? "an unreadable date" : date.toISOString().slice(0, 10);
}
