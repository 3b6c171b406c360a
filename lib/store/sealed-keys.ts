import { createHash } from "node:crypto";
import { and, eq, isNull } from "drizzle-orm";
import { AppError } from "#lib/app-error.ts";
import { error, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { type KeyField, keyFields, type Site } from "#lib/site/schema.ts";
import type { Authorship } from "#lib/store/audit.ts";
import { keyringKeys, sealedKeys } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { sayWhen } from "#lib/store/moment.ts";
import type { SealedKey } from "#lib/store/seal.ts";

/** A sealed key by its place and the SHA-256 (hex) of its public half, null when none is stored or it was destroyed. */
export function getSealedKey(queries: Queries, siteId: string, field: KeyField, publicKeySha256: string): SealedKey | null {
  const row = getRow(queries, siteId, field, publicKeySha256);
  if (!row || row.destroyedAt !== null) return null;
  const { createdAt: _createdAt, destroyedAt: _destroyedAt, destroyedBy: _destroyedBy, ...key } = row;
  return key;
}

/**
 * Stores the keys of a save. A key pasted again replaces its own earlier sealing, or what is left of it after it was
 * destroyed. Refused (`key.keyring-changed`) is what was sealed for a key that the keyring is rid of since.
 */
export function storeKeys(tx: Transaction, save: { siteId: string; keys: readonly SealedKey[]; now: Date }): Result<null> {
  for (const key of save.keys) {
    if (key.siteId !== save.siteId) throw new AppError("key.foreign", "A key was sealed for another site than the one being saved.");
    if (!isInKeyring(tx, key.keyringKeyId)) return refuse(keyringChanged(key.field));
    const sealing = { sealed: key.sealed, keyringKeyId: key.keyringKeyId, createdAt: save.now, destroyedAt: null, destroyedBy: null };
    const target = [sealedKeys.siteId, sealedKeys.field, sealedKeys.publicKeySha256];
    tx.insert(sealedKeys)
      .values({ ...key, ...sealing })
      .onConflictDoUpdate({ target, set: sealing })
      .run();
  }
  return ok(null);
}

/** Erases every private key of a site and answers how many there were. */
export function destroyKeysOf(tx: Transaction, { siteId, author, now }: Authorship & { siteId: string }): number {
  const isLeft = and(eq(sealedKeys.siteId, siteId), isNull(sealedKeys.destroyedAt));
  return tx
    .update(sealedKeys)
    .set({ sealed: Buffer.alloc(0), destroyedAt: now, destroyedBy: author })
    .where(isLeft)
    .run().changes;
}

/** The fields of a site that refer to a private key which is not stored, or not any more. */
export function missingKeys(queries: Queries, siteId: string, site: Site): Problem[] {
  return keyFields.flatMap((field) => {
    const stored = site[field];
    if (stored === null) return [];
    const row = getRow(queries, siteId, field, fingerprintOf(stored.publicKey));
    if (!row) return [error(field, "key.missing", `The private key of these credentials is not stored: ${pasteAgain}`)];
    if (row.destroyedAt === null) return [];
    const who = `${row.destroyedBy} destroyed the private key of these credentials on ${sayWhen(row.destroyedAt)}`;
    return [error(field, "key.destroyed", `${who}: ${pasteAgain}`)];
  });
}

/** SHA-256 (hex) of a public half in base64, as a revision holds it: what sealed keys are found by. */
export function fingerprintOf(publicKeyBase64: string): string {
  return createHash("sha256").update(Buffer.from(publicKeyBase64, "base64")).digest("hex");
}

const pasteAgain = "paste them again with the key.";

function getRow(queries: Queries, siteId: string, field: KeyField, publicKeySha256: string) {
  return queries
    .select()
    .from(sealedKeys)
    .where(and(eq(sealedKeys.siteId, siteId), eq(sealedKeys.field, field), eq(sealedKeys.publicKeySha256, publicKeySha256)))
    .get();
}

/** Whether the console may still store what was sealed for this key: one that the keyring is rid of opens nothing. */
export function isInKeyring(queries: Queries, id: string): boolean {
  return queries.select({ id: keyringKeys.id }).from(keyringKeys).where(eq(keyringKeys.id, id)).get() !== undefined;
}

function keyringChanged(field: KeyField): Problem {
  return error(field, "key.keyring-changed", "The keyring was changed while this was being saved. Save again.");
}
