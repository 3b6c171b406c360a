import { and, asc, desc, eq, isNull, ne, sql } from "drizzle-orm";
import { AppError } from "#lib/app-error.ts";
import { type Authorship, appendAudit } from "#lib/store/audit.ts";
import type { Connection } from "#lib/store/connection.ts";
import { keyringKeys, sealedKeys, webhooks } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { keyringKeyId } from "#lib/store/keyring.ts";
import type { Recipient, SealedKey } from "#lib/store/seal.ts";
import type { SealedWebhook } from "#lib/store/seal-webhook.ts";
import { sealedWebhooks } from "#lib/store/webhooks.ts";

/** What the database knows of the keyring: ids and public halves, never a key that opens anything. */
export type Keyrings = {
  /** The keys that stored private keys may be sealed for, oldest first: without one of them they cannot be opened. */
  recordedIds(): Promise<string[]>;
  /** Takes a key into use: from now on the console seals for it. */
  record(key: Recipient, authorship: Authorship): Promise<void>;
  /** Whom the console seals for, null before the first start. */
  recipient(): Promise<Recipient | null>;
  /** Some of the private keys that are sealed for another key than this one. */
  sealedForOthers(id: string, limit: number): Promise<SealedKey[]>;
  /** Puts a new sealing in the place of an old one; what changed meanwhile stays as it is. */
  reseal(old: SealedKey, sealed: SealedKey): Promise<void>;
  /** The same for webhooks, of which there are few. */
  webhooksSealedForOthers(id: string): Promise<SealedWebhook[]>;
  resealWebhook(old: SealedWebhook, sealed: SealedWebhook): Promise<void>;
  /** Lets go of every key but this one and answers which; null, and nothing done, while something is sealed for them. */
  retireOthers(id: string, authorship: Authorship): Promise<string[] | null>;
  /** Empties the database's log, so that no old sealing is left in it; false while others read. */
  emptyLog(): Promise<boolean>;
};

export function keyringsOf(consoleDb: Connection): Keyrings {
  return {
    recordedIds: async () => consoleDb.read(recordedIds),
    record: async (key, authorship) => consoleDb.write((tx) => recordKey(tx, key, authorship)),
    recipient: async () => consoleDb.read(readRecipient),
    sealedForOthers: async (id, limit) => consoleDb.read((queries) => sealedForOthers(queries, id, limit)),
    reseal: async (old, sealed) => consoleDb.write((tx) => reseal(tx, old, sealed)),
    webhooksSealedForOthers: async (id) => consoleDb.read((queries) => webhooksSealedForOthers(queries, id)),
    resealWebhook: async (old, sealed) => consoleDb.write((tx) => resealWebhook(tx, old, sealed)),
    retireOthers: async (id, authorship) => consoleDb.write((tx) => retireOthers(tx, id, authorship)),
    emptyLog: async () => consoleDb.emptyLog(),
  };
}

/** The ids on record, oldest first. */
export function recordedIds(queries: Queries): string[] {
  const rows = queries.select({ id: keyringKeys.id }).from(keyringKeys).orderBy(asc(keyringKeys.recordedAt), asc(rowId)).all();
  return rows.map(({ id }) => id);
}

function recordKey(tx: Transaction, { id, publicKey }: Recipient, authorship: Authorship): void {
  const isKnown = recordedIds(tx).includes(id);
  tx.insert(keyringKeys)
    .values({ id, publicKey, recordedAt: authorship.now })
    .onConflictDoUpdate({ target: keyringKeys.id, set: { publicKey } })
    .run();
  if (isKnown) return;
  appendAudit(tx, authorship, { tenantId: null, action: "keyring.record", subject: id, detail: {} });
}

/** The newest; a public half that is not the one its id was made of was put there by somebody else. */
function readRecipient(queries: Queries): Recipient | null {
  const newest = queries.select().from(keyringKeys).orderBy(desc(keyringKeys.recordedAt), desc(rowId)).limit(1).get();
  if (!newest?.publicKey) return null;
  const { id, publicKey } = newest;
  if (keyringKeyId(publicKey) === id) return { id, publicKey };
  throw new AppError("keyring.altered", `The database's record of the keyring's key ${id} was altered: no private key is sealed for it.`);
}

function sealedForOthers(queries: Queries, id: string, limit: number): SealedKey[] {
  const isOther = and(ne(sealedKeys.keyringKeyId, id), isNull(sealedKeys.destroyedAt));
  const rows = queries.select().from(sealedKeys).where(isOther).limit(limit).all();
  return rows.map(({ createdAt: _createdAt, destroyedAt: _destroyedAt, destroyedBy: _destroyedBy, ...key }) => key);
}

function reseal(tx: Transaction, old: SealedKey, { sealed, keyringKeyId: id }: SealedKey): void {
  const place = [eq(sealedKeys.siteId, old.siteId), eq(sealedKeys.field, old.field), eq(sealedKeys.publicKeySha256, old.publicKeySha256)];
  const isUnchanged = and(...place, eq(sealedKeys.keyringKeyId, old.keyringKeyId), eq(sealedKeys.sealed, old.sealed));
  tx.update(sealedKeys).set({ sealed, keyringKeyId: id }).where(isUnchanged).run();
}

function webhooksSealedForOthers(queries: Queries, id: string): SealedWebhook[] {
  return sealedWebhooks(queries).filter(({ keyringKeyId }) => keyringKeyId !== id);
}

function resealWebhook(tx: Transaction, old: SealedWebhook, { sealed, keyringKeyId: id }: SealedWebhook): void {
  const isUnchanged = and(eq(webhooks.tenantId, old.tenantId), eq(webhooks.id, old.id), eq(webhooks.sealed, old.sealed));
  tx.update(webhooks).set({ sealed, keyringKeyId: id }).where(isUnchanged).run();
}

/** In one transaction with the last look, so that no save can seal for a key that is about to go. */
function retireOthers(tx: Transaction, id: string, authorship: Authorship): string[] | null {
  if (sealedForOthers(tx, id, 1).length > 0 || webhooksSealedForOthers(tx, id).length > 0) return null;
  const retired = recordedIds(tx).filter((other) => other !== id);
  if (retired.length === 0) return retired;
  tx.delete(keyringKeys).where(ne(keyringKeys.id, id)).run();
  appendAudit(tx, authorship, { tenantId: null, action: "keyring.rotate", subject: id, detail: { retired } });
  return retired;
}

const rowId = sql`rowid`;
