import { z } from "zod";
import type { ConsoleContext } from "#lib/console/context.ts";
import { ok, type Result } from "#lib/site/problem.ts";
import { type FeatureName, featureNames } from "#lib/store/tenants.ts";

/** A site that goes on enforcing mTLS whatever the feature says. */
export type EnforcingSite = { id: string; hostName: string; isDownstream: boolean; isUpstream: boolean };

export type FeatureView = { name: FeatureName; isOn: boolean; changedBy: string | null; changedAt: string | null };
export type FeaturesView = {
  tenantId: string;
  tenantName: string;
  isReadOnly: boolean;
  features: FeatureView[];
  enforcing: EnforcingSite[];
};

export const featureInput = z.object({ tenantId: z.uuid(), name: z.enum(featureNames), isOn: z.boolean() });

export async function loadFeatures({ store, tenant, role }: ConsoleContext): Promise<FeaturesView> {
  const [stored, sites] = await Promise.all([store.features.list(tenant.id), store.sites.list(tenant.id)]);
  const enforcing = sites.flatMap(({ id, site }) => {
    if (!site.ok || !(site.value.isDownstreamMtls || site.value.isUpstreamMtls)) return [];
    const { hostName, isWildcard, isDownstreamMtls, isUpstreamMtls } = site.value;
    const name = isWildcard ? `${hostName} and *.${hostName}` : hostName;
    return [{ id, hostName: name, isDownstream: isDownstreamMtls, isUpstream: isUpstreamMtls }];
  });
  const features = featureNames.map((name) => {
    const row = stored.find((feature) => feature.name === name);
    return { name, isOn: row?.isOn ?? false, changedBy: row?.author ?? null, changedAt: row?.changedAt.toISOString() ?? null };
  });
  enforcing.sort((a, b) => a.hostName.localeCompare(b.hostName));
  return { tenantId: tenant.id, tenantName: tenant.name, isReadOnly: role === "Read-Only", features, enforcing };
}

/** Switches a feature of the tenant; what is stored goes on being enforced (rule 4 of the contract). */
export async function switchFeature(
  { name, isOn }: z.infer<typeof featureInput>,
  { store, tenant, author, address, now }: ConsoleContext,
): Promise<Result<null>> {
  await store.features.set(tenant.id, name, isOn, { author, address, now });
  return ok(null);
}
