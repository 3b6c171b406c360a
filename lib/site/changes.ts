import { mentionsPrivateKey } from "#lib/pki/pem-lines.ts";
import { labels, policyLabels } from "#lib/site/label.ts";
import { dayOfObservation } from "#lib/site/observation.ts";
import type { CredentialsChange, SiteDraft } from "#lib/site/schema.ts";

type Field = keyof SiteDraft;

/** The fields of trusted CAs. */
export type CaField = "downstreamMtlsCredentials" | "originCaCertificates";

/** Of each field of CAs the numbers of the blocks that were read and are none; null while its text is not read yet. */
export type NotCas = Record<CaField, readonly number[] | null>;

/** What saving `after` over `before` would change, one short phrase each, in the order of the form. */
export function describeChanges(before: SiteDraft, after: SiteDraft, notCas: NotCas): string[] {
  return changedFields(before, after, notCas).flatMap(({ phrases }) => phrases);
}

/** The fields that differ, in the order of the form, each with the phrases that say how. */
export function changedFields(before: SiteDraft, after: SiteDraft, notCas = allCas): { field: Field; phrases: string[] }[] {
  return (Object.keys(labels) as Field[]).flatMap((field) => {
    if (JSON.stringify(before[field]) === JSON.stringify(after[field])) return [];
    return { field, phrases: describeField(field, before, after, notCas) };
  });
}

/**
 * The certificates of a text, each as its bare base64: enough to count and compare while somebody types. A pasted key is
 * none. Blocks are numbered as `readPem` does; those of `leftOut` are passed over.
 */
export function pemBlocks(text: string, leftOut: readonly number[] = []): Set<string> {
  const blocks = text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----(?:([^-]*)-----END [A-Z0-9 ]+-----)?/g);
  const bodies = Array.from(blocks, ([, label = "", body = ""]) => (certificateLabel.test(label) ? body.replace(/\s+/g, "") : ""));
  const others = leftOut.map((number) => bodies[number - 1]);
  return new Set(bodies.filter((body) => body !== "" && !others.includes(body)));
}

const certificateLabel = /^(?:X509 |TRUSTED )?CERTIFICATE$/;

const allCas: NotCas = { downstreamMtlsCredentials: [], originCaCertificates: [] };

/** Whether a phrase tells of an mTLS setting: the audit log keeps phrases, not fields. */
export function isMtlsPhrase(phrase: string): boolean {
  return /^(?:(?:new )?(?:Downstream|Upstream) mTLS\b|Observe clients\b|\d+ CAs? (?:added|removed)$)/.test(phrase);
}

function describeField(field: Field, before: SiteDraft, after: SiteDraft, notCas: NotCas): string[] {
  switch (field) {
    case "sslCredentials":
    case "upstreamMtlsCredentials":
      return [describeCredentials(labels[field], after[field])];
    case "downstreamMtlsCredentials":
      return describeCertificates("CA", labels[field], [before[field] ?? "", after[field] ?? ""], notCas[field]);
    case "originCaCertificates":
      return describeCertificates("origin CA", labels[field], [before[field], after[field]], notCas[field]);
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

/** What is not known to be a CA is not called one; a private key is named before it is refused. */
function describeCertificates(noun: string, label: string, [before, after]: [string, string], notCas: readonly number[] | null): string[] {
  const [was, is] = [pemBlocks(before), pemBlocks(after)];
  const cas = notCas === null ? new Set<string>() : pemBlocks(after, notCas).difference(was);
  const others = is.difference(was).difference(cas).size;
  const phrases = [
    countOf(cas.size, noun, "added"),
    countOf(others, "certificate", notCas === null ? "added" : `added that ${others === 1 ? "is no CA" : "are no CAs"}`),
    countOf(was.difference(is).size, noun, "removed"),
  ].filter((phrase) => phrase !== "");
  if (phrases.length > 0) return phrases;
  return [mentionsPrivateKey(after) ? `a private key in ${label}` : `${label} edited`];
}

function countOf(count: number, noun: string, verb: string): string {
  return count === 0 ? "" : `${count} ${noun}${count === 1 ? "" : "s"} ${verb}`;
}

/** By name: a header whose value alone changed is neither added nor removed. */
function describeHeaders(before: SiteDraft["responseHeaders"], after: SiteDraft["responseHeaders"]): string[] {
  const [was, is] = [before, after].map((headers) => new Set(headers.map(({ name }) => name.toLowerCase())));
  const phrases = [
    countOf(is?.difference(was ?? new Set()).size ?? 0, "response header", "added"),
    countOf(was?.difference(is ?? new Set()).size ?? 0, "response header", "removed"),
  ].filter((phrase) => phrase !== "");
  return phrases.length > 0 ? phrases : ["response headers edited"];
}
