import type { ConsoleStore } from "#lib/store/store.ts";
import { type FeatureName, featureNames, type Tenant } from "#lib/store/tenants.ts";
import { type Answer, type Command, done, failed, misunderstood } from "#scripts/tessera/command.ts";

export const listFeatures: Command = {
  name: "feature list",
  parameters: "[TENANT]",
  summary: "shows which features tenants have",
  run: async (words, { store }) => {
    if (words.length > 1) return null;
    const [name] = words;
    const tenants = await store.tenants.list();
    const chosen = tenants.filter((tenant) => name === undefined || tenant.name === name);
    if (name !== undefined && chosen.length === 0) return unknownTenant(name, tenants);
    const lines = await Promise.all(chosen.map((tenant) => featuresOf(store, tenant)));
    return done(lines.flat().join("\n"));
  },
};

export const setFeature: Command = {
  name: "feature set",
  parameters: "TENANT FEATURE on|off",
  summary: "switches a feature of a tenant; open pages and saves obey it at once",
  run: async (words, { store, authorship }) => {
    const [name, feature, state] = words;
    if (name === undefined || feature === undefined || state === undefined || words.length > 3) return null;
    if (!isFeature(feature)) return misunderstood(`There is no feature ${feature}. Features: ${featureNames.join(", ")}.`);
    if (state !== "on" && state !== "off") return misunderstood(`A feature is switched "on" or "off", not "${state}".`);
    const tenant = await store.tenants.byName(name);
    if (!tenant) return unknownTenant(name, await store.tenants.list());
    await store.features.set(tenant.id, feature, state === "on", authorship);
    return done(`${tenant.name}: ${feature} ${state}`);
  },
};

function featuresOf(store: ConsoleStore, tenant: Tenant): Promise<string[]> {
  return Promise.all(
    featureNames.map(async (feature) => `${tenant.name}: ${feature} ${(await store.features.isOn(tenant.id, feature)) ? "on" : "off"}`),
  );
}

function isFeature(text: string): text is FeatureName {
  return featureNames.some((name) => name === text);
}

function unknownTenant(name: string, tenants: Tenant[]): Answer {
  return failed(`There is no tenant ${name}. Tenants: ${tenants.map((tenant) => tenant.name).join(", ")}.`);
}
