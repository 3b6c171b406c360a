import { and, eq, sql } from "drizzle-orm";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import type { KeyField } from "#lib/site/schema.ts";
import { type Authorship, appendAudit } from "#lib/store/audit.ts";
import { revisions, sealedKeys } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { readContent } from "#lib/store/revisions.ts";
import { fingerprintOf } from "#lib/store/sealed-keys.ts";
import { getCurrentRow } from "#lib/store/sites.ts";

/** A stored private key as everybody may know it, and the revisions that refer to it. */
export type StoredKey = KeyPlace & {
  storedAt: Date;
  /** Null while the key can be used. */
  destroyed: { at: Date; by: string } | null;
  /** The first and the last revision that refer to it, and how many do. */
  revisions: { first: number; last: number; count: number };
};

/** Where a key is stored: `publicKeySha256` in hex. */
export type KeyPlace = { field: KeyField; publicKeySha256: string };

export type KeyDestruction = Authorship & KeyPlace & { tenantId: string; siteId: string };

/** The private keys of a tenant's site, those of the newest revisions first; none for a site that is not this tenant's. */
export function listKeys(queries: Queries, tenantId: string, siteId: string): StoredKey[] {
  const current = getCurrentRow(queries, siteId);
  if (!current || current.tenantId !== tenantId || current.isDeleted) return [];
  const uses = {
    sslCredentials: usesOf(queries, siteId, "sslCredentials"),
    upstreamMtlsCredentials: usesOf(queries, siteId, "upstreamMtlsCredentials"),
  };
  const rows = queries.select().from(sealedKeys).where(eq(sealedKeys.siteId, siteId)).all();
  const keys = rows.flatMap(({ field, publicKeySha256, createdAt, destroyedAt, destroyedBy }) => {
    const used = uses[field].get(publicKeySha256);
    const destroyed = destroyedAt === null ? null : { at: destroyedAt, by: destroyedBy ?? "" };
    return used ? [{ field, publicKeySha256, storedAt: createdAt, destroyed, revisions: used }] : [];
  });
  return keys.sort((a, b) => b.revisions.last - a.revisions.last);
}

/**
 * Erases one private key from all revisions of a site: only a sealing anew, by pasting the key again, brings them back.
 * Refused (`key.in-use`) while the current revision refers to it.
 */
export function destroyKey(tx: Transaction, destruction: KeyDestruction): Result<null> {
  const { tenantId, siteId, field, publicKeySha256, author, now } = destruction;
  const current = getCurrentRow(tx, siteId);
  const place = and(eq(sealedKeys.siteId, siteId), eq(sealedKeys.field, field), eq(sealedKeys.publicKeySha256, publicKeySha256));
  const key = tx.select().from(sealedKeys).where(place).get();
  if (!current || current.tenantId !== tenantId || current.isDeleted || !key) return refuse(notFound);
  if (key.destroyedAt !== null) return refuse(error("", "key.destroyed", "This private key has been destroyed already."));
  const content = readContent(current.content);
  const used = content.ok ? content.value[field] : null;
  if (!content.ok || (used && fingerprintOf(used.publicKey) === publicKeySha256)) return refuse(inUse(current.revision));
  tx.update(sealedKeys)
    .set({ sealed: Buffer.alloc(0), destroyedAt: now, destroyedBy: author })
    .where(place)
    .run();
  const detail = { hostName: content.value.hostName, field, publicKeySha256 };
  appendAudit(tx, destruction, { tenantId, action: "key.destroy", subject: siteId, detail });
  return ok(null);
}

const notFound = error("", "key.not-found", "This private key is not stored.");

function inUse(revision: number) {
  const next = "Replace or clear the credentials and save before the key is destroyed.";
  return error("", "key.in-use", `The current revision ${revision} uses this private key. ${next}`);
}

/** By fingerprint of the public half. SQLite looks into the JSON, so that not every revision has to be read here. */
function usesOf(queries: Queries, siteId: string, field: KeyField): Map<string, StoredKey["revisions"]> {
  const publicKey = sql<
    string | null
  >`CASE WHEN json_valid(${revisions.content}) THEN json_extract(${revisions.content}, ${`$.${field}.publicKey`}) END`;
  const rows = queries
    .select({
      publicKey,
      first: sql<number>`min(${revisions.number})`,
      last: sql<number>`max(${revisions.number})`,
      count: sql<number>`count(*)`,
    })
    .from(revisions)
    .where(eq(revisions.siteId, siteId))
    .groupBy(publicKey)
    .all();
  return new Map(rows.flatMap(({ publicKey: used, ...numbers }) => (used === null ? [] : [[fingerprintOf(used), numbers]])));
}
