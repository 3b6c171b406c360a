import { z } from "zod";
import type { SiteContext } from "#lib/console/context.ts";
import { notFound } from "#lib/console/save-site.ts";
import { guardKey } from "#lib/site/feature.ts";
import { normaliseHostName } from "#lib/site/hostname.ts";
import { error, type Result, refuse } from "#lib/site/problem.ts";
import { keyFields } from "#lib/site/schema.ts";
import { fingerprintOf } from "#lib/store/sealed-keys.ts";

/** What destroying a key sends: the site, the field, the SHA-256 of the key's public half, and the site's name as typed. */
export const destroyKeyInput = z.object({
  siteId: z.uuid(),
  field: z.enum(keyFields),
  publicKeySha256: z.string().regex(/^[0-9a-f]{64}$/),
  typedName: z.string().max(300),
});

/** Erases a private key from every revision of a site whose name was typed, unless it serves or would serve next. */
export async function destroyKey(
  { siteId, field, publicKeySha256, typedName }: z.infer<typeof destroyKeyInput>,
  { store, tenant, hasMtlsFeature, author, address, now }: SiteContext,
): Promise<Result<{ isErased: boolean }>> {
  const stored = await store.sites.get(tenant.id, siteId);
  if (!stored) return notFound();
  if (!stored.site.ok) return stored.site;
  const { hostName } = stored.site.value;
  const problems = hasMtlsFeature ? [] : guardKey(field);
  if (normaliseHostName(typedName.trim()) !== hostName)
    problems.push(error("typedName", "site.name-mismatch", `Type ${hostName} to destroy this key.`));
  if (problems.length > 0) return refuse(...problems);
  const serving = await servingRevisionWith(publicKeySha256);
  if (serving !== null) return refuse(stillServing(serving));
  return store.keys.destroy({ tenantId: tenant.id, siteId, field, publicKeySha256, author, address, now });

  /** An older revision may serve in the place of one that was rejected: it needs its key after the next restart. */
  async function servingRevisionWith(fingerprint: string): Promise<number | null> {
    const [state] = await store.servingStates(tenant.id, [siteId], now);
    const number = state?.servingRevision ?? null;
    if (number === null) return null;
    const [revision] = await store.sites.revisions(tenant.id, siteId, { before: number + 1, limit: 1 });
    const used = revision?.number === number && revision.site.ok ? revision.site.value[field] : null;
    return used && fingerprintOf(used.publicKey) === fingerprint && number !== stored?.revision ? number : null;
  }
}

function stillServing(revision: number) {
  const next = "Save a revision that the sensor can serve before the key is destroyed.";
  return error("", "key.in-use", `Revision ${revision} still serves with this private key. ${next}`);
}
