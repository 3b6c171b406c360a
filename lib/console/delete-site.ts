import { z } from "zod";
import type { ConsoleContext } from "#lib/console/context.ts";
import { notFound } from "#lib/console/save-site.ts";
import { guardRemoval } from "#lib/site/feature.ts";
import { normaliseHostName } from "#lib/site/hostname.ts";
import { error, type Result, refuse } from "#lib/site/problem.ts";

/** What a deletion sends: the site, the revision that was on the page, and its name as typed. */
export const deleteSiteInput = z.object({
  siteId: z.uuid(),
  basedOn: z.number().int().positive(),
  typedName: z.string().max(300),
});

/** Deletes a site whose name was typed; refused where it would end stored mTLS without the feature. */
export async function deleteSite(
  { siteId, basedOn, typedName }: z.infer<typeof deleteSiteInput>,
  { store, tenant, hasMtlsFeature, author, address, now }: ConsoleContext,
): Promise<Result<{ revision: number }>> {
  const stored = await store.sites.get(tenant.id, siteId);
  if (!stored) return notFound();
  if (!stored.site.ok) return refuse(unreadable);
  const { hostName } = stored.site.value;
  const problems = hasMtlsFeature ? [] : guardRemoval(stored.site.value);
  if (normaliseHostName(typedName.trim()) !== hostName)
    problems.push(error("typedName", "site.name-mismatch", `Type ${hostName} to delete this site.`));
  if (problems.length > 0) return refuse(...problems);
  return store.sites.remove({ tenantId: tenant.id, siteId, basedOn, author, address, now });
}

// What it enforces and what it is called cannot be known, so neither the feature nor the typed name can be checked.
const unreadable = error(
  "",
  "site.unreadable",
  "The stored revision of this site cannot be read, so it cannot be deleted here. Start the version of the product that wrote it.",
);
