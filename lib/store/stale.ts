import { compareRevisions, phrasesOf, shownDifferences } from "#lib/site/difference.ts";
import { mtlsFeature } from "#lib/site/feature.ts";
import { error, type Problem } from "#lib/site/problem.ts";
import type { Queries } from "#lib/store/database.ts";
import { sayWhen } from "#lib/store/moment.ts";
import { getRevision, readContent } from "#lib/store/revisions.ts";
import type { CurrentRow } from "#lib/store/sites.ts";
import { isFeatureOn } from "#lib/store/tenants.ts";

/** That somebody saved since `basedOn`: who, when, and what it changed, so that the second one can decide. */
export function staleProblem(queries: Queries, current: CurrentRow, basedOn: number | null): Problem {
  const what = `${current.author} saved revision ${current.revision} on ${sayWhen(current.savedAt)}`;
  const changes = changesSince(queries, current, basedOn);
  return error("", "site.stale", `This site has been changed since you opened it: ${what}${changes}.`);
}

function changesSince(queries: Queries, current: CurrentRow, basedOn: number | null): string {
  const before = basedOn === null ? null : getRevision(queries, current.id, basedOn);
  const after = readContent(current.content);
  if (!before?.ok || !after.ok) return "";
  const hasFeature = isFeatureOn(queries, current.tenantId, mtlsFeature);
  const phrases = phrasesOf(shownDifferences(compareRevisions(before.value, after.value), hasFeature));
  if (phrases.length === 0) return ", which holds the same as yours did";
  const since = current.revision - (basedOn ?? 0) > 1 ? `. Since revision ${basedOn}: ` : ": ";
  return `${since}${phrases.join(" · ")}`;
}
