import { createHash } from "node:crypto";
import { and, eq } from "drizzle-orm";
import { AppError } from "#lib/app-error.ts";
import { error, type Problem } from "#lib/site/problem.ts";
import type { KeyField, Site } from "#lib/site/schema.ts";
import { sealedKeys } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import type { SealedKey } from "#lib/store/seal.ts";

/** A sealed key by its place and the SHA-256 (hex) of its public half, null when none is stored. */
export function getSealedKey(queries: Queries, siteId: string, field: KeyField, publicKeySha256: string): SealedKey | null {
  const row = queries
    .select()
    .from(sealedKeys)
    .where(and(eq(sealedKeys.siteId, siteId), eq(sealedKeys.field, field), eq(sealedKeys.publicKeySha256, publicKeySha256)))
    .get();
  if (!row) return null;
  const { createdAt: _, ...key } = row;
  return key;
}

/** Stores the keys of a save. A key pasted again replaces its own earlier sealing. */
export function storeKeys(tx: Transaction, save: { siteId: string; keys: readonly SealedKey[]; now: Date }): void {
  for (const key of save.keys) {
    if (key.siteId !== save.siteId) throw new AppError("key.foreign", "A key was sealed for another site than the one being saved.");
    const sealing = { sealed: key.sealed, keyringKeyId: key.keyringKeyId, createdAt: save.now };
    const target = [sealedKeys.siteId, sealedKeys.field, sealedKeys.publicKeySha256];
    tx.insert(sealedKeys)
      .values({ ...key, ...sealing })
      .onConflictDoUpdate({ target, set: sealing })
      .run();
  }
}

/** The fields of a site that refer to a private key which is not stored. */
export function missingKeys(queries: Queries, siteId: string, site: Site): Problem[] {
  return keyFields
    .filter((field) => {
      const stored = site[field];
      return stored !== null && getSealedKey(queries, siteId, field, sha256Of(stored.publicKey)) === null;
    })
    .map((field) => error(field, "key.missing", "The private key of these credentials is not stored: paste them again with the key."));
}

const keyFields: readonly KeyField[] = ["sslCredentials", "upstreamMtlsCredentials"];

function sha256Of(publicKeyBase64: string): string {
  return createHash("sha256").update(Buffer.from(publicKeyBase64, "base64")).digest("hex");
}
