import { labels, policyLabels } from "#lib/site/label.ts";
import { dayOfObservation } from "#lib/site/observation.ts";
import type { CredentialsChange, SiteDraft } from "#lib/site/schema.ts";

type Field = keyof SiteDraft;

/** What saving `after` over `before` would change, one short phrase each, in the order of the form. */
export function describeChanges(before: SiteDraft, after: SiteDraft): string[] {
  return changedFields(before, after).flatMap(({ phrases }) => phrases);
}

/** The fields that differ, in the order of the form, each with the phrases that say how. */
export function changedFields(before: SiteDraft, after: SiteDraft): { field: Field; phrases: string[] }[] {
  return (Object.keys(labels) as Field[]).flatMap((field) => {
    if (JSON.stringify(before[field]) === JSON.stringify(after[field])) return [];
    return { field, phrases: describeField(field, before, after) };
  });
}

/** The certificates of a text, each as its bare base64: enough to count and compare while somebody types. A pasted key is none. */
export function pemBlocks(text: string): Set<string> {
  const blocks = text.matchAll(/-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([^-]*)-----END [A-Z0-9 ]+-----/g);
  return new Set(Array.from(blocks, (block) => (block[1] ?? "").replace(/\s+/g, "")));
}

/** Whether a phrase tells of an mTLS setting: the audit log keeps phrases, not fields. */
export function isMtlsPhrase(phrase: string): boolean {
  return /^(?:(?:new )?(?:Downstream|Upstream) mTLS\b|Observe clients\b|\d+ CAs? (?:added|removed)$)/.test(phrase);
}

function describeField(field: Field, before: SiteDraft, after: SiteDraft): string[] {
  switch (field) {
    case "sslCredentials":
    case "upstreamMtlsCredentials":
      return [describeCredentials(labels[field], after[field])];
    case "downstreamMtlsCredentials":
      return describeCertificates("CA", labels[field], before[field] ?? "", after[field] ?? "");
    case "originCaCertificates":
      return describeCertificates("origin CA", labels[field], before[field], after[field]);
    case "observedUntil":
      return [after.observedUntil ? `${labels[field]} on until ${dayOfObservation(after.observedUntil)}` : `${labels[field]} off`];
    case "sslPolicy":
      return [policyLabels[after.sslPolicy]];
    case "responseHeaders":
      return describeHeaders(before.responseHeaders, after.responseHeaders);
    case "trustedSources":
      return [`${labels[field]} changed`];
    default:
      return [describeValue(labels[field], before[field], after[field])];
  }
}

function describeValue(label: string, before: unknown, after: unknown): string {
  if (typeof after === "boolean") return `${label} ${after ? "on" : "off"}`;
  const [was, is] = [show(before), show(after)];
  if (is === "") return `${label} emptied`;
  return was === "" ? `${label} ${is}` : `${label} ${was} → ${is}`;
}

function show(value: unknown): string {
  const text = Number.isNaN(value) ? "" : String(value ?? "").trim();
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

function describeCredentials(label: string, change: CredentialsChange | undefined): string {
  if (change?.change === "clear") return `${label} cleared`;
  return change?.change === "replace" ? `new ${label}` : `${label} kept`;
}

function describeCertificates(noun: string, label: string, before: string, after: string): string[] {
  const [was, is] = [pemBlocks(before), pemBlocks(after)];
  const counts = [
    { count: is.difference(was).size, verb: "added" },
    { count: was.difference(is).size, verb: "removed" },
  ].filter(({ count }) => count > 0);
  if (counts.length === 0) return [`${label} edited`];
  return counts.map(({ count, verb }) => `${count} ${noun}${count === 1 ? "" : "s"} ${verb}`);
}

/** By name: a header whose value alone changed is neither added nor removed. */
function describeHeaders(before: SiteDraft["responseHeaders"], after: SiteDraft["responseHeaders"]): string[] {
  const [was, is] = [before, after].map((headers) => new Set(headers.map(({ name }) => name.toLowerCase())));
  const counts = [
    { count: is?.difference(was ?? new Set()).size ?? 0, verb: "added" },
    { count: was?.difference(is ?? new Set()).size ?? 0, verb: "removed" },
  ].filter(({ count }) => count > 0);
  if (counts.length === 0) return ["response headers edited"];
  return counts.map(({ count, verb }) => `${count} response header${count === 1 ? "" : "s"} ${verb}`);
}
