import { z } from "zod";
import { AppError } from "#lib/app-error.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { loadSiteView } from "#lib/console/load-site-view.ts";
import type { SiteView } from "#lib/console/site-view.ts";
import type { DraftKey } from "#lib/site/draft.ts";
import { guardAddition } from "#lib/site/feature.ts";
import { judgeDraft } from "#lib/site/judge-draft.ts";
import { error, type Result, refuse } from "#lib/site/problem.ts";
import { type Site, siteDraftSchema } from "#lib/site/schema.ts";
import { type SealedKey, sealKey } from "#lib/store/seal.ts";
import { newSiteId } from "#lib/store/store.ts";

/** What a save sends: site and revision are null for a new site, else the revision is the one the form was filled from. */
export const saveSiteInput = z.object({
  siteId: z.uuid().nullable(),
  /** Where a new site belongs; of one that exists its own row decides. */
  tenantId: z.uuid(),
  basedOn: z.number().int().positive().nullable(),
  draft: siteDraftSchema,
});

/** Judges a draft and stores it as the next revision; answers what the page shows from now on. */
export async function saveSite(input: Omit<z.infer<typeof saveSiteInput>, "tenantId">, context: ConsoleContext): Promise<Result<SiteView>> {
  const { store, tenant, author, address, now, hasMtlsFeature } = context;
  // A new site's id is made here and never taken from the page: private keys are sealed to it.
  const siteId = input.siteId ?? newSiteId();
  const basis = input.siteId === null ? null : await loadBasis(context, input.siteId, input.basedOn);
  if (basis && !basis.ok) return basis;
  const stored = basis?.value ?? null;

  const judged = await judgeDraft(input.draft, stored, hasMtlsFeature, now);
  if (!judged.ok) return judged;
  const { site, keys } = judged.value;
  const shadowing = stored === null && !hasMtlsFeature ? guardAddition(site, await sitesOf(context)) : [];
  if (shadowing.length > 0) return refuse(...shadowing);

  const sealed = await sealAll(context, siteId, keys);
  const authorship = { author, address, now };
  const saved = await store.sites.save({ tenantId: tenant.id, siteId, basedOn: input.basedOn, site, keys: sealed, ...authorship });
  if (!saved.ok) return saved;
  return (await loadSiteView(context, siteId)) ?? notFound();
}

async function sitesOf({ store, tenant }: ConsoleContext): Promise<Site[]> {
  const all = await store.sites.list(tenant.id);
  return all.flatMap(({ site }) => (site.ok ? [site.value] : []));
}

/** The answer about a site that the tenant does not have (any more). */
export function notFound(): Result<never> {
  return refuse(error("", "site.not-found", "This site does not exist any more. Copy what you still need and go back to Sites."));
}

// A stale form is refused before it is judged: against a newer revision its "keep" would mean other credentials.
export async function loadBasis({ store, tenant }: ConsoleContext, siteId: string, basedOn: number | null) {
  const conflict = await store.sites.conflict(tenant.id, siteId, basedOn);
  const stored = await store.sites.get(tenant.id, siteId);
  if (!stored) return notFound();
  return conflict ? refuse(conflict) : stored.site;
}

function sealAll({ recipient }: ConsoleContext, siteId: string, keys: DraftKey[]): Promise<SealedKey[]> {
  if (keys.length === 0) return Promise.resolve([]);
  if (!recipient)
    throw new AppError("console.no-sealing-key", "Private keys cannot be stored: the console was started without its launcher.");
  return Promise.all(keys.map(({ field, pkcs8, publicKey }) => sealKey(recipient, pkcs8, { siteId, field, publicKey })));
}
