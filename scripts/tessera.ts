import { userInfo } from "node:os";
import { AppError } from "#lib/app-error.ts";
import { readEnvironment } from "#lib/env.ts";
import { type ConsoleStore, openConsoleStore } from "#lib/store/store.ts";
import { type FeatureName, featureNames, type Tenant } from "#lib/store/tenants.ts";

/** What a command says, and its exit code: 0 done, 1 refused or failed, 2 not understood. */
export type Answer = { exitCode: 0 | 1 | 2; text: string };

const usage = `Usage: npm run tessera -- COMMAND

  feature list [TENANT]             shows which features tenants have
  feature set TENANT FEATURE on|off switches a feature of a tenant; open pages and saves obey it at once
  help                              shows this text

Features: ${featureNames.join(", ")}. A tenant's name with spaces goes in quotes. DATA_DIR names the data folder.
Exit codes: 0 done, 1 refused or failed (the reason is on stderr), 2 not understood.`;

/** Carries out one command of the administrator. */
export async function tessera(words: readonly string[], store: ConsoleStore, author: string, now = new Date()): Promise<Answer> {
  const [subject, verb, ...rest] = words;
  if (subject === "help" && words.length === 1) return { exitCode: 0, text: usage };
  if (subject === "feature" && verb === "list" && rest.length <= 1) return listFeatures(store, rest[0]);
  if (subject === "feature" && verb === "set" && rest.length === 3) return setFeature(store, rest, author, now);
  return { exitCode: 2, text: usage };
}

async function listFeatures(store: ConsoleStore, name: string | undefined): Promise<Answer> {
  const tenants = await store.tenants.list();
  const chosen = tenants.filter((tenant) => name === undefined || tenant.name === name);
  if (name !== undefined && chosen.length === 0) return unknownTenant(name, tenants);
  const lines = await Promise.all(chosen.map((tenant) => featuresOf(store, tenant)));
  return { exitCode: 0, text: lines.flat().join("\n") };
}

function featuresOf(store: ConsoleStore, tenant: Tenant): Promise<string[]> {
  return Promise.all(
    featureNames.map(async (feature) => `${tenant.name}: ${feature} ${(await store.features.isOn(tenant.id, feature)) ? "on" : "off"}`),
  );
}

async function setFeature(store: ConsoleStore, words: string[], author: string, now: Date): Promise<Answer> {
  const [name = "", feature = "", state = ""] = words;
  if (!isFeature(feature)) return { exitCode: 2, text: `There is no feature ${feature}. Features: ${featureNames.join(", ")}.` };
  if (state !== "on" && state !== "off") return { exitCode: 2, text: `A feature is switched "on" or "off", not "${state}".` };
  const tenant = await store.tenants.byName(name);
  if (!tenant) return unknownTenant(name, await store.tenants.list());
  await store.features.set(tenant.id, feature, state === "on", { author, address: null, now });
  return { exitCode: 0, text: `${tenant.name}: ${feature} ${state}` };
}

function isFeature(text: string): text is FeatureName {
  return featureNames.some((name) => name === text);
}

function unknownTenant(name: string, tenants: Tenant[]): Answer {
  return { exitCode: 1, text: `There is no tenant ${name}. Tenants: ${tenants.map((tenant) => tenant.name).join(", ")}.` };
}

async function main(): Promise<Answer> {
  const store = openConsoleStore(readEnvironment().dataDir);
  try {
    return await tessera(process.argv.slice(2), store, `${userInfo().username} (command line)`);
  } catch (failure) {
    if (!(failure instanceof AppError)) throw failure;
    const advice = failure.code === "store.unavailable" ? " Is DATA_DIR right, and has npm start run once since the last update?" : "";
    return { exitCode: 1, text: failure.message + advice };
  } finally {
    store.close();
  }
}

if (import.meta.main) {
  const { exitCode, text } = await main();
  (exitCode === 0 ? console.log : console.error)(text);
  process.exitCode = exitCode;
}
