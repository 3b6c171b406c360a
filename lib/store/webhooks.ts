import { eq } from "drizzle-orm";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import { type Authorship, appendAudit } from "#lib/store/audit.ts";
import type { Connection } from "#lib/store/connection.ts";
import { webhooks } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import type { SealedWebhook } from "#lib/store/seal-webhook.ts";
import { isInKeyring } from "#lib/store/sealed-keys.ts";

/** A tenant's webhook as everybody of the tenant may know it: `host` is `https://` with name and port, without the path. */
export type Webhook = { id: string; host: string; author: string; setAt: Date };

export type Webhooks = {
  get(tenantId: string): Promise<Webhook | null>;
  /** Takes the place of the tenant's former one. Refused (`key.keyring-changed`) when the keyring changed meanwhile. */
  set(webhook: SealedWebhook & { host: string }, authorship: Authorship): Promise<Result<null>>;
  /** Nothing happens where there is none. */
  remove(tenantId: string, authorship: Authorship): Promise<void>;
};

export function webhooksOf(consoleDb: Connection): Webhooks {
  return {
    get: async (tenantId) => consoleDb.read((queries) => getWebhook(queries, tenantId)),
    set: async (webhook, authorship) => consoleDb.attempt((tx) => setWebhook(tx, webhook, authorship)),
    remove: async (tenantId, authorship) => consoleDb.write((tx) => removeWebhook(tx, tenantId, authorship)),
  };
}

/** Every tenant's webhook, as the sensor and the keyring's rotation read them. */
export function sealedWebhooks(queries: Queries): SealedWebhook[] {
  const { tenantId, id, sealed, keyringKeyId } = webhooks;
  return queries.select({ tenantId, id, sealed, keyringKeyId }).from(webhooks).all();
}

function getWebhook(queries: Queries, tenantId: string): Webhook | null {
  const { id, host, author, setAt } = webhooks;
  return queries.select({ id, host, author, setAt }).from(webhooks).where(eq(webhooks.tenantId, tenantId)).get() ?? null;
}

/** The audit log gets the host alone: what follows it in an address is often a secret. */
function setWebhook(tx: Transaction, webhook: SealedWebhook & { host: string }, authorship: Authorship): Result<null> {
  if (!isInKeyring(tx, webhook.keyringKeyId))
    return refuse(error("", "key.keyring-changed", "The keyring was changed while this was being saved. Save again."));
  const row = { ...webhook, author: authorship.author, setAt: authorship.now };
  tx.insert(webhooks).values(row).onConflictDoUpdate({ target: webhooks.tenantId, set: row }).run();
  appendAudit(tx, authorship, { tenantId: webhook.tenantId, action: "webhook.set", subject: webhook.host, detail: {} });
  return ok(null);
}

function removeWebhook(tx: Transaction, tenantId: string, authorship: Authorship): void {
  const webhook = getWebhook(tx, tenantId);
  if (webhook === null) return;
  tx.delete(webhooks).where(eq(webhooks.tenantId, tenantId)).run();
  appendAudit(tx, authorship, { tenantId, action: "webhook.remove", subject: webhook.host, detail: {} });
}
