import { createPace } from "#lib/pki/pace.ts";
import type { CompiledSite } from "#lib/site/compiled-site.ts";
import { type DraftKey, openDraft } from "#lib/site/draft.ts";
import { judgeSave } from "#lib/site/judge.ts";
import { hasErrors, ok, type Result, refuse } from "#lib/site/problem.ts";
import type { Site, SiteDraft } from "#lib/site/schema.ts";
import { readSitePemInSlices } from "#lib/site/site-pem.ts";

/** A draft that may be stored: the site, the keys to seal, and what `compileSite` made of it. */
export type JudgedDraft = { site: Site; keys: DraftKey[]; compiled: CompiledSite };

/**
 * Everything that stands in the way of saving a draft, of all fields at once: credentials that cannot be read do not
 * hide what is wrong elsewhere. Reads the certificates in slices.
 */
export async function judgeDraft(draft: SiteDraft, stored: Site | null, hasMtlsFeature: boolean, now: Date): Promise<Result<JudgedDraft>> {
  const { site, keys, problems, refusals } = openDraft(draft, stored, hasMtlsFeature, now);
  if (hasErrors(refusals)) return refuse(...problems, ...refusals);
  const judged = judgeSave(site, stored, now, keys, await readSitePemInSlices(site, createPace()));
  if (judged.ok && !hasErrors(problems)) return ok({ site, keys, compiled: judged.value });
  // Of a field that could not be read the site only says that it is empty.
  const explained = new Set(problems.map(({ path }) => path));
  const found = judged.ok ? judged.value.warnings : judged.problems;
  return refuse(...problems, ...found.filter(({ path }) => !explained.has(path)));
}
