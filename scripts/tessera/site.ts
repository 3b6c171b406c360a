import { setTimeout as sleep } from "node:timers/promises";
import type { SiteContext } from "#lib/console/context.ts";
import { restoreSite } from "#lib/console/restore-site.ts";
import { compareRevisions, phrasesOf } from "#lib/site/difference.ts";
import { mtlsFeature } from "#lib/site/feature.ts";
import { labelOf } from "#lib/site/label.ts";
import type { Problem } from "#lib/site/problem.ts";
import type { PastRevision } from "#lib/store/store.ts";
import { type Command, type CommandContext, done, failed } from "#scripts/tessera/command.ts";

const shownRevisions = 50;

export const siteHistory: Command = {
  name: "site history",
  parameters: "HOST",
  summary: `shows the newest ${shownRevisions} revisions of a site with their numbers`,
  run: async (words, context) => {
    const [hostName] = words;
    if (hostName === undefined || words.length > 1) return null;
    const found = await find(hostName, context);
    if (!found) return unknownSite(hostName);
    const page = { limit: shownRevisions + 1 };
    const revisions = await context.store.sites.revisions(found.context.tenant.id, found.siteId, page);
    return done(
      revisions
        .slice(0, shownRevisions)
        .map((revision, index) => lineOf(revision, revisions[index + 1]))
        .join("\n"),
    );
  },
};

export const siteRestore: Command = {
  name: "site restore",
  parameters: "HOST N",
  summary: "makes a new revision out of revision N, through the same checks as in the console: the way back without a browser",
  run: async (words, context) => {
    const [hostName, text] = words;
    const number = Number(text);
    if (hostName === undefined || words.length !== 2 || !Number.isSafeInteger(number) || number < 1) return null;
    const found = await find(hostName, context);
    const stored = found && (await context.store.sites.get(found.context.tenant.id, found.siteId));
    if (!found || !stored) return unknownSite(hostName);
    const restored = await restoreSite({ siteId: found.siteId, basedOn: stored.revision, number }, found.context);
    if (!restored.ok) return failed(`Nothing was restored.\n${restored.problems.map(sentenceOf).join("\n")}`);
    const { revision } = restored.value;
    return done(`${hostName}: revision ${number} is restored as revision ${revision}. ${await servingWords(found, revision)}`);
  },
};

type Found = { siteId: string; context: SiteContext };

async function find(hostName: string, { store, authorship }: CommandContext): Promise<Found | null> {
  const owner = await store.sites.byName(hostName.toLowerCase());
  const tenant = owner && (await store.tenants.list()).find(({ id }) => id === owner.tenantId);
  if (!owner || !tenant) return null;
  const hasMtlsFeature = await store.features.isOn(tenant.id, mtlsFeature);
  return { siteId: owner.siteId, context: { store, tenant, hasMtlsFeature, ...authorship } };
}

function unknownSite(hostName: string) {
  return failed(`There is no site ${hostName}. A site is named by its host name, without a port or an asterisk.`);
}

function lineOf({ number, author, savedAt, restoredFrom, site }: PastRevision, before: PastRevision | undefined): string {
  const isReadable = site.ok && (before === undefined || before.site.ok);
  const changes = isReadable ? phrasesOf(compareRevisions(before?.site.ok ? before.site.value : null, site.value)) : ["cannot be read"];
  const origin = restoredFrom === null ? "" : `restored from revision ${restoredFrom}: `;
  return `${number}  ${savedAt.toISOString()}  ${author}  ${origin}${changes.join(" · ")}`;
}

function sentenceOf({ path, message }: Problem): string {
  const label = labelOf(path);
  return `  ${label ? `${label}: ` : ""}${message}`;
}

/** A few seconds are enough for a sensor that runs; whether one does is not this command's business. */
async function servingWords({ siteId, context }: Found, revision: number): Promise<string> {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const [state] = await context.store.servingStates(context.tenant.id, [siteId]);
    if (state?.revision === revision && state.state === "serving") return `The sensor serves revision ${revision}.`;
    if (state?.revision === revision && state.state === "not-serving")
      return `The sensor cannot serve it:\n${state.problems.map(sentenceOf).join("\n")}`;
    if (state?.lastSeenAt === null) break;
    await sleep(100);
  }
  return "The sensor has not answered yet; it serves it as soon as it runs.";
}
