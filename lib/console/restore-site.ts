import { z } from "zod";
import type { SiteContext } from "#lib/console/context.ts";
import { notFound } from "#lib/console/save-site.ts";
import { createPace } from "#lib/pki/pace.ts";
import { compareRevisions, phrasesOf, shownDifferences } from "#lib/site/difference.ts";
import { guardMtls } from "#lib/site/feature.ts";
import { judgeSave } from "#lib/site/judge.ts";
import { withoutEndedObservation } from "#lib/site/observation.ts";
import { error, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";
import { readSitePemInSlices } from "#lib/site/site-pem.ts";
import type { StoredSite } from "#lib/store/store.ts";

/** What a restore sends: the site, the revision that was current on the page, and the number of the one to bring back. */
export const restoreSiteInput = z.object({
  siteId: z.uuid(),
  basedOn: z.number().int().positive(),
  number: z.number().int().positive(),
});

/** A revision made out of an old one, and in short phrases what it changed on the one before it. */
export type Restored = { revision: number; changes: string[] };

/** Makes a new revision out of an old one: judged like a save of today, its keys those that are stored. */
export async function restoreSite(
  { siteId, basedOn, number }: z.infer<typeof restoreSiteInput>,
  context: SiteContext,
): Promise<Result<Restored>> {
  const { store, tenant, hasMtlsFeature, author, address, now } = context;
  const conflict = await store.sites.conflict(tenant.id, siteId, basedOn);
  const stored = await store.sites.get(tenant.id, siteId);
  if (!stored) return notFound();
  if (conflict) return refuse(conflict);
  const [old] = await store.sites.revisions(tenant.id, siteId, { before: number + 1, limit: 1 });
  if (old?.number !== number) return refuse(error("", "revision.not-found", `There is no revision ${number} of this site.`));
  if (!old.site.ok) return old.site;
  // What is over does not begin anew: asking everybody again is for somebody to decide.
  const site = withoutEndedObservation(old.site.value, now.getTime());
  const problems = await judgeRestore(site, stored, context);
  if (problems.length > 0) return refuse(...problems);
  const change = { tenantId: tenant.id, siteId, basedOn, author, address, now };
  const saved = await store.sites.save({ ...change, site, keys: [], restoredFrom: number });
  if (!saved.ok) return saved;
  const differences = stored.site.ok ? shownDifferences(compareRevisions(stored.site.value, site), hasMtlsFeature) : [];
  return ok({ revision: saved.value.revision, changes: phrasesOf(differences) });
}

/** The flag's rules before the rest: without it nothing is said of mTLS settings that are not shown. */
async function judgeRestore(site: Site, { site: current, revision }: StoredSite, { hasMtlsFeature, now }: SiteContext): Promise<Problem[]> {
  const judge = async (before: Site | null) => problemsOf(judgeSave(site, before, now, [], await readSitePemInSlices(site, createPace())));
  if (!current.ok) return hasMtlsFeature ? judge(null) : [unreadable];
  if (JSON.stringify(site) === JSON.stringify(withoutEndedObservation(current.value, now.getTime()))) return [same(revision)];
  const guarded = hasMtlsFeature ? [] : guardMtls(site, current.value, now);
  return guarded.length > 0 ? guarded : judge(current.value);
}

function problemsOf(judged: Result<unknown>): Problem[] {
  return judged.ok ? [] : judged.problems.filter(({ severity }) => severity === "error");
}

function same(revision: number): Problem {
  return error("", "restore.same", `This revision holds the same as the current revision ${revision}: there is nothing to restore.`);
}

// What it enforces cannot be known, so neither can whether a restore would end it.
const unreadable = error(
  "",
  "feature.site-config-mtls",
  "The current revision cannot be read, and without the feature site-config-mtls nothing may take its place. Ask an administrator to turn the feature on for this tenant.",
);
