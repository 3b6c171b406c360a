import { createHash } from "node:crypto";
import { readCertificate } from "#lib/pki/certificate.ts";
import { type CertificateFacts, certificateFacts } from "#lib/pki/facts.ts";
import { readPem } from "#lib/pki/pem.ts";
import { changedFields } from "#lib/site/changes.ts";
import { hiddenMtls, isMtlsField } from "#lib/site/feature.ts";
import { type CredentialsChange, newSite, type Site, type SiteDraft, type StoredCredentials } from "#lib/site/schema.ts";

/** One field that differs between two revisions: phrases that say how, and what came and went by itself. Plain JSON. */
export type Difference = { field: keyof SiteDraft; phrases: string[]; items: DifferenceItem[] };

/** A certificate as facts, never as PEM; a private key as the fingerprint of its public half; a line of a list as text. */
export type DifferenceItem = { verb: "added" | "removed"; text: string; certificate: CertificateFacts | null };

/** What a revision changed on the one before it, in the order of the form; `before` is null for the first. */
export function compareRevisions(before: Site | null, after: Site): Difference[] {
  const from = before ?? newSite;
  return changedFields(asStored(from), asChanged(from, after)).map((change) => ({ ...change, items: itemsOf(change.field, from, after) }));
}

/** Without the feature the mTLS settings are not shown: only that they were changed. */
export function shownDifferences(differences: Difference[], hasMtlsFeature: boolean): Difference[] {
  if (hasMtlsFeature) return differences;
  const [first, ...rest] = differences.filter(({ field }) => isMtlsField(field));
  if (first === undefined) return differences;
  const hidden = { ...first, phrases: [hiddenMtls], items: [] };
  return differences.flatMap((difference) => (difference === first ? [hidden] : rest.includes(difference) ? [] : [difference]));
}

/** What differs, in short phrases. */
export function phrasesOf(differences: readonly Difference[]): string[] {
  return differences.flatMap(({ phrases }) => phrases);
}

/** What came and went by itself, a line each. */
export function linesOf(differences: readonly Difference[]): string[] {
  return differences.flatMap(({ items }) => items.map(({ verb, text }) => `${verb}: ${text}`));
}

function asStored(site: Site): SiteDraft {
  return { ...site, sslCredentials: { change: "keep" }, upstreamMtlsCredentials: { change: "keep" } };
}

function asChanged(before: Site, after: Site): SiteDraft {
  return {
    ...after,
    sslCredentials: credentialsChange(before.sslCredentials, after.sslCredentials),
    upstreamMtlsCredentials: credentialsChange(before.upstreamMtlsCredentials, after.upstreamMtlsCredentials),
  };
}

function credentialsChange(before: StoredCredentials | null, after: StoredCredentials | null): CredentialsChange {
  if (JSON.stringify(before) === JSON.stringify(after)) return { change: "keep" };
  return after === null ? { change: "clear" } : { change: "replace", text: after.certificates };
}

function itemsOf(field: keyof SiteDraft, before: Site, after: Site): DifferenceItem[] {
  switch (field) {
    case "sslCredentials":
    case "upstreamMtlsCredentials":
      return [
        ...certificateItems(before[field]?.certificates ?? "", after[field]?.certificates ?? ""),
        ...textItems(keyLines(before[field]), keyLines(after[field])),
      ];
    case "downstreamMtlsCredentials":
    case "originCaCertificates":
      return certificateItems(before[field], after[field]);
    case "trustedSources":
      return textItems(before.trustedSources.split(/[\s,]+/), after.trustedSources.split(/[\s,]+/));
    case "responseHeaders":
      return textItems(headerLines(before), headerLines(after));
    default:
      return [];
  }
}

function certificateItems(before: string, after: string): DifferenceItem[] {
  const [was, is] = [factsByFingerprint(before), factsByFingerprint(after)];
  const added = [...is.values()].filter(({ fingerprint }) => !was.has(fingerprint));
  const removed = [...was.values()].filter(({ fingerprint }) => !is.has(fingerprint));
  return [...added.map((facts) => certificateItem("added", facts)), ...removed.map((facts) => certificateItem("removed", facts))];
}

function certificateItem(verb: DifferenceItem["verb"], certificate: CertificateFacts): DifferenceItem {
  const { commonName, subject, notBefore, notAfter, fingerprint } = certificate;
  const validity = `valid ${notBefore.slice(0, 10)} to ${notAfter.slice(0, 10)}`;
  return { verb, text: `certificate “${commonName ?? subject}”, ${validity}, SHA-256 ${fingerprint}`, certificate };
}

function factsByFingerprint(text: string): Map<string, CertificateFacts> {
  const facts = readPem(text).blocks.flatMap((block) => {
    const reading = readCertificate(block);
    return "certificate" in reading ? [certificateFacts(reading.certificate)] : [];
  });
  return new Map(facts.map((one) => [one.fingerprint, one]));
}

function textItems(before: readonly string[], after: readonly string[]): DifferenceItem[] {
  const missingIn = (lines: readonly string[]) => (line: string) => line !== "" && !lines.includes(line);
  const item = (verb: DifferenceItem["verb"]) => (text: string) => ({ verb, text, certificate: null });
  return [...after.filter(missingIn(before)).map(item("added")), ...before.filter(missingIn(after)).map(item("removed"))];
}

function keyLines(credentials: StoredCredentials | null): string[] {
  if (credentials === null) return [];
  const fingerprint = createHash("sha256").update(Buffer.from(credentials.publicKey, "base64")).digest("hex");
  return [`private key with the public half SHA-256 ${fingerprint}`];
}

function headerLines({ responseHeaders }: Site): string[] {
  return responseHeaders.map(({ name, value }) => `${name}: ${value}`);
}
