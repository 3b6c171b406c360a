import { asc, desc, sql } from "drizzle-orm";
import { AppError } from "#lib/app-error.ts";
import { appendAudit } from "#lib/store/audit.ts";
import type { Connection } from "#lib/store/connection.ts";
import { keyringKeys } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { keyringKeyId } from "#lib/store/keyring.ts";
import type { Recipient } from "#lib/store/seal.ts";

/** What the database knows of the keyring: ids and public halves, never a key that opens anything. */
export type Keyrings = {
  /** The keys that stored private keys may be sealed for, oldest first: without one of them they cannot be opened. */
  recordedIds(): Promise<string[]>;
  /** Takes a key into use: from now on the console seals for it. */
  record(key: Recipient, now: Date): Promise<void>;
  /** Whom the console seals for, null before the first start. */
  recipient(): Promise<Recipient | null>;
};

export function keyringsOf(consoleDb: Connection): Keyrings {
  return {
    recordedIds: async () => consoleDb.read(recordedIds),
    record: async (key, now) => consoleDb.write((tx) => recordKey(tx, key, now)),
    recipient: async () => consoleDb.read(readRecipient),
  };
}

/** The ids on record, oldest first. */
export function recordedIds(queries: Queries): string[] {
  const rows = queries.select({ id: keyringKeys.id }).from(keyringKeys).orderBy(asc(keyringKeys.recordedAt), asc(rowId)).all();
  return rows.map(({ id }) => id);
}

function recordKey(tx: Transaction, { id, publicKey }: Recipient, recordedAt: Date): void {
  const isKnown = recordedIds(tx).includes(id);
  tx.insert(keyringKeys).values({ id, publicKey, recordedAt }).onConflictDoUpdate({ target: keyringKeys.id, set: { publicKey } }).run();
  if (isKnown) return;
  const authorship = { author: "launcher", address: null, now: recordedAt };
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

const rowId = sql`rowid`;
