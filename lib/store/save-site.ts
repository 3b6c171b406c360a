import { eq } from "drizzle-orm";
import { compareRevisions, linesOf, phrasesOf } from "#lib/site/difference.ts";
import { error, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { type Site, siteSchema } from "#lib/site/schema.ts";
import { type AuditDetail, type Authorship, appendAudit } from "#lib/store/audit.ts";
import type { AuditAction } from "#lib/store/audit-actions.ts";
import { type revisions, sites } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { sayWhen } from "#lib/store/moment.ts";
import { claimNames, releaseNames } from "#lib/store/names.ts";
import { addRevision, nextChangeNumber, readContent } from "#lib/store/revisions.ts";
import type { SealedKey } from "#lib/store/seal.ts";
import { destroyKeysOf, missingKeys, storeKeys } from "#lib/store/sealed-keys.ts";
import { type CurrentRow, getCurrentRow } from "#lib/store/sites.ts";
import { staleProblem } from "#lib/store/stale.ts";

export type SiteChange = Authorship & {
  tenantId: string;
  siteId: string;
  /** The revision this change was made from; null for a site that is new. */
  basedOn: number | null;
};

/**
 * `keys` are those that came with this save; keys of earlier saves are referred to by their public half. `restoredFrom`
 * is the number of the revision whose content this is, where a restore brought it back.
 */
export type SiteSave = SiteChange & { site: Site; keys: SealedKey[]; restoredFrom?: number };

/**
 * Adds a revision and points to it, takes the names and stores the keys: all in the caller's transaction, which is
 * rolled back on a refusal (`site.stale`, `site.not-found`, `site.name-taken`, `key.missing`, `key.destroyed`, `key.keyring-changed`).
 */
export function saveSite(tx: Transaction, save: SiteSave): Result<{ siteId: string; revision: number }> {
  const content = siteSchema.safeParse(save.site);
  if (!content.success) return refuse(...content.error.issues.map((issue) => error(issue.path.join("."), "site.shape", issue.message)));
  const current = getCurrentRow(tx, save.siteId);
  const conflict = conflictOf(tx, current, save);
  if (conflict) return refuse(conflict);
  const { restoredFrom = null } = save;
  const { revision } = addSiteRevision(tx, current, save, { content: JSON.stringify(content.data), isDeletion: false, restoredFrom });
  if (!claimNames(tx, content.data, save)) return refuse(error("hostName", "site.name-taken", "This name is not available."));
  const kept = storeKeys(tx, save);
  if (!kept.ok) return kept;
  const missing = missingKeys(tx, save.siteId, content.data);
  if (missing.length > 0) return refuse(...missing);
  const before = current ? readContent(current.content) : null;
  const differences = before?.ok === false ? [] : compareRevisions(before?.value ?? null, content.data);
  const action = restoredFrom !== null ? "site.restore" : current ? "site.save" : "site.create";
  const detail = { hostName: content.data.hostName, revision, changes: phrasesOf(differences), items: linesOf(differences) };
  appendSiteAudit(tx, save, action, restoredFrom === null ? detail : { ...detail, restoredFrom });
  return ok({ siteId: save.siteId, revision });
}

/**
 * Deletes a site: a last revision that says who and when; its names stay reserved to the tenant for 30 days. Its private keys
 * are erased at once, since nothing brings a deleted site back.
 */
export function removeSite(tx: Transaction, removal: SiteChange & { basedOn: number }): Result<{ revision: number }> {
  const current = getCurrentRow(tx, removal.siteId);
  const conflict = conflictOf(tx, current, removal);
  if (conflict || !current) return refuse(conflict ?? notFound);
  const { revision } = addSiteRevision(tx, current, removal, { content: current.content, isDeletion: true, restoredFrom: null });
  releaseNames(tx, removal);
  const keysDestroyed = destroyKeysOf(tx, removal);
  const content = readContent(current.content);
  appendSiteAudit(tx, removal, "site.delete", { hostName: content.ok ? content.value.hostName : null, revision, keysDestroyed });
  return ok({ revision });
}

const notFound = error("", "site.not-found", "This site does not exist.");

function appendSiteAudit(tx: Transaction, change: SiteChange, action: AuditAction, detail: AuditDetail): void {
  appendAudit(tx, change, { tenantId: change.tenantId, action, subject: change.siteId, detail });
}

/** Nobody overwrites what they have not seen: a change is refused unless it was made from the current revision. */
export function conflictOf(queries: Queries, current: CurrentRow | undefined, change: Omit<SiteChange, keyof Authorship>): Problem | null {
  if (!current) return change.basedOn === null ? null : notFound;
  if (current.tenantId !== change.tenantId) return notFound;
  if (current.isDeleted) return error("", "site.not-found", `${current.author} deleted this site on ${sayWhen(current.savedAt)}.`);
  return current.revision === change.basedOn ? null : staleProblem(queries, current, change.basedOn);
}

type Content = Pick<typeof revisions.$inferInsert, "content" | "isDeletion" | "restoredFrom">;

function addSiteRevision(tx: Transaction, current: CurrentRow | undefined, change: SiteChange, content: Content) {
  const { siteId, tenantId, author, now } = change;
  const changeNumber = nextChangeNumber(tx);
  const pointer = { revision: (current?.revision ?? 0) + 1, changeNumber, isDeleted: content.isDeletion };
  if (current) tx.update(sites).set(pointer).where(eq(sites.id, siteId)).run();
  else tx.insert(sites).values({ id: siteId, tenantId, createdAt: now, ...pointer }).run(); // biome-ignore format: beside its counterpart
  addRevision(tx, { siteId, number: pointer.revision, changeNumber, ...content, author, savedAt: now });
  return pointer;
}
