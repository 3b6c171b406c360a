import { eq } from "drizzle-orm";
import { error, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { type Site, siteSchema } from "#lib/site/schema.ts";
import { type AuditDetail, type Authorship, appendAudit } from "#lib/store/audit.ts";
import type { AuditAction } from "#lib/store/audit-actions.ts";
import { sites } from "#lib/store/console-tables.ts";
import type { Transaction } from "#lib/store/database.ts";
import { sayWhen } from "#lib/store/moment.ts";
import { claimNames, releaseNames } from "#lib/store/names.ts";
import { addRevision, nextChangeNumber, readContent } from "#lib/store/revisions.ts";
import type { SealedKey } from "#lib/store/seal.ts";
import { missingKeys, storeKeys } from "#lib/store/sealed-keys.ts";
import { type CurrentRow, getCurrentRow } from "#lib/store/sites.ts";

export type SiteChange = Authorship & {
  tenantId: string;
  siteId: string;
  /** The revision this change was made from; null for a site that is new. */
  basedOn: number | null;
};

/** `keys` are those that came with this save; keys of earlier saves are referred to by their public half. */
export type SiteSave = SiteChange & { site: Site; keys: SealedKey[] };

/**
 * Adds a revision and points to it, takes the names and stores the keys: all in the caller's transaction, which is
 * rolled back on a refusal (`site.stale`, `site.not-found`, `site.name-taken`, `key.missing`, `site.unreadable`).
 */
export function saveSite(tx: Transaction, save: SiteSave): Result<{ siteId: string; revision: number }> {
  const content = siteSchema.safeParse(save.site);
  if (!content.success) return refuse(...content.error.issues.map((issue) => error(issue.path.join("."), "site.shape", issue.message)));
  const current = getCurrentRow(tx, save.siteId);
  const conflict = conflictOf(current, save);
  if (conflict) return refuse(conflict);
  const { revision } = addSiteRevision(tx, current, save, { content: JSON.stringify(content.data), isDeletion: false });
  if (!claimNames(tx, content.data, save)) return refuse(error("hostName", "site.name-taken", "This name is not available."));
  const kept = storeKeys(tx, save);
  if (!kept.ok) return kept;
  const missing = missingKeys(tx, save.siteId, content.data);
  if (missing.length > 0) return refuse(...missing);
  appendSiteAudit(tx, save, current ? "site.save" : "site.create", { revision, hostName: content.data.hostName });
  return ok({ siteId: save.siteId, revision });
}

/** Deletes a site: a last revision that says who and when; its names stay reserved to the tenant for 30 days. */
export function removeSite(tx: Transaction, removal: SiteChange & { basedOn: number }): Result<{ revision: number }> {
  const current = getCurrentRow(tx, removal.siteId);
  const conflict = conflictOf(current, removal);
  if (conflict || !current) return refuse(conflict ?? notFound);
  const { revision } = addSiteRevision(tx, current, removal, { content: current.content, isDeletion: true });
  releaseNames(tx, removal);
  const content = readContent(current.content);
  appendSiteAudit(tx, removal, "site.delete", { revision, hostName: content.ok ? content.value.hostName : null });
  return ok({ revision });
}

const notFound = error("", "site.not-found", "This site does not exist.");

function appendSiteAudit(tx: Transaction, change: SiteChange, action: AuditAction, detail: AuditDetail): void {
  appendAudit(tx, change, { tenantId: change.tenantId, action, subject: change.siteId, detail });
}

/** Nobody overwrites what they have not seen: a change is refused unless it was made from the current revision. */
function conflictOf(current: CurrentRow | undefined, change: SiteChange): Problem | null {
  if (!current) return change.basedOn === null ? null : notFound;
  if (current.tenantId !== change.tenantId) return notFound;
  const when = sayWhen(current.savedAt);
  if (current.isDeleted) return error("", "site.not-found", `${current.author} deleted this site on ${when}.`);
  if (current.revision === change.basedOn) return null;
  const what = `${current.author} saved revision ${current.revision} on ${when}`;
  return error("", "site.stale", `This site has been changed since you opened it: ${what}.`);
}

type Content = { content: string; isDeletion: boolean };

function addSiteRevision(tx: Transaction, current: CurrentRow | undefined, change: SiteChange, { content, isDeletion }: Content) {
  const { siteId, tenantId, author, now } = change;
  const changeNumber = nextChangeNumber(tx);
  const pointer = { revision: (current?.revision ?? 0) + 1, changeNumber, isDeleted: isDeletion };
  if (current) tx.update(sites).set(pointer).where(eq(sites.id, siteId)).run();
  else tx.insert(sites).values({ id: siteId, tenantId, createdAt: now, ...pointer }).run(); // biome-ignore format: beside its counterpart
  addRevision(tx, { siteId, number: pointer.revision, changeNumber, content, isDeletion, author, savedAt: now });
  return pointer;
}
