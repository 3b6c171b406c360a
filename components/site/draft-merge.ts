import type { SiteDraft } from "#lib/site/schema.ts";

type Field = keyof SiteDraft;

/**
 * What a field should hold when somebody typed `typed` over `basis` while others saved `stored`: for lists what came and
 * went is done again on the newer list, so that nobody's entry is lost; for everything else what was typed stands.
 */
export function mergeField<Key extends Field>(field: Key, basis: SiteDraft, typed: SiteDraft, stored: SiteDraft): SiteDraft[Key] {
  if (isSame(typed[field], basis[field])) return stored[field];
  if (isSame(stored[field], basis[field])) return typed[field];
  const merge: ((...drafts: [SiteDraft, SiteDraft, SiteDraft]) => unknown) | undefined = merges[field];
  return merge ? (merge(basis, typed, stored) as SiteDraft[Key]) : typed[field];
}

const merges: Partial<Record<Field, (basis: SiteDraft, typed: SiteDraft, stored: SiteDraft) => unknown>> = {
  downstreamMtlsCredentials: (basis, typed, stored) =>
    mergePem(basis.downstreamMtlsCredentials ?? "", typed.downstreamMtlsCredentials ?? "", stored.downstreamMtlsCredentials ?? ""),
  originCaCertificates: (basis, typed, stored) =>
    mergePem(basis.originCaCertificates, typed.originCaCertificates, stored.originCaCertificates),
  // One that goes on keeps its end: two who tick it begin one observation.
  observedUntil: (_basis, typed, stored) => (typed.observedUntil ? (stored.observedUntil ?? typed.observedUntil) : typed.observedUntil),
  trustedSources: (basis, typed, stored) =>
    mergeItems(sourcesOf(basis), sourcesOf(typed), sourcesOf(stored), (source) => source).join(", "),
  responseHeaders: (basis, typed, stored) =>
    mergeItems(basis.responseHeaders, typed.responseHeaders, stored.responseHeaders, (header) => JSON.stringify(header)),
};

/** Blocks are compared by their base64. Whatever was typed beside whole blocks is no list: then all of it stands. */
function mergePem(basis: string, typed: string, stored: string): string {
  if (besideBlocks(typed) !== besideBlocks(basis)) return typed;
  const [was, is, now] = [blocksOf(basis), blocksOf(typed), blocksOf(stored)];
  const removed = [...now].filter(([content]) => was.has(content) && !is.has(content));
  const added = [...is].filter(([content]) => !was.has(content) && !now.has(content));
  const kept = removed.reduce((text, [, block]) => text.replace(block, ""), stored).trim();
  return [kept, ...added.map(([, block]) => block)].flatMap((text) => (text === "" ? [] : [`${text}\n`])).join("");
}

const pemBlock = /-----BEGIN [A-Z0-9 ]+-----([^-]*)-----END [A-Z0-9 ]+-----/g;

function blocksOf(text: string): Map<string, string> {
  return new Map(Array.from(text.matchAll(pemBlock), ([block, content = ""]) => [content.replace(/\s+/g, ""), block]));
}

function besideBlocks(text: string): string {
  return text.replace(pemBlock, "").replace(/\s+/g, "");
}

function mergeItems<Item>(basis: readonly Item[], typed: readonly Item[], stored: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const [was, is, now] = [basis, typed, stored].map((items) => new Set(items.map(keyOf)));
  const kept = stored.filter((item) => !was?.has(keyOf(item)) || is?.has(keyOf(item)));
  const added = typed.filter((item) => !was?.has(keyOf(item)) && !now?.has(keyOf(item)));
  return [...kept, ...added];
}

function sourcesOf({ trustedSources }: SiteDraft): string[] {
  return trustedSources.split(/[\s,]+/).filter((source) => source !== "");
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
