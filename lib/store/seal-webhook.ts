import { AppError } from "#lib/app-error.ts";
import { associate, openBytes, type SealContext, sealBytes } from "#lib/store/hpke.ts";
import type { Keyring } from "#lib/store/keyring.ts";
import type { Recipient } from "#lib/store/seal.ts";

/** A tenant's webhook that only the holder of the keyring can call. */
export type SealedWebhook = { tenantId: string; id: string; sealed: Buffer; keyringKeyId: string };

/** Where a tenant's notices go, and the raw bytes that sign them. */
export type WebhookCall = { url: string; secret: Buffer };

const formatVersion = 1;
/** Another than for keys and for what comes with a question: none of them opens in the place of another. */
const info = Buffer.from("tessera webhook");

/** Seals address and secret so that they open for this tenant and under this id only. */
export async function sealWebhook(
  recipient: Recipient,
  { url, secret }: WebhookCall,
  { tenantId, id }: { tenantId: string; id: string },
): Promise<SealedWebhook> {
  const plain = Buffer.from(JSON.stringify({ url, secret: secret.toString("base64") }));
  return { tenantId, id, sealed: await sealBytes(recipient.publicKey, plain, contextOf(tenantId, id)), keyringKeyId: recipient.id };
}

/** Address and secret; throws `webhook.not-in-keyring` or `webhook.cannot-be-opened` and never says more about them. */
export async function openWebhook(keyring: Keyring, { tenantId, id, sealed, keyringKeyId }: SealedWebhook): Promise<WebhookCall> {
  const own = keyring.keys.find((key) => key.id === keyringKeyId);
  if (!own)
    throw new AppError("webhook.not-in-keyring", `The keyring does not hold the key ${keyringKeyId} that a webhook was sealed for.`);
  try {
    const { url, secret }: Record<"url" | "secret", string> = JSON.parse(
      (await openBytes(own.privateKey, sealed, contextOf(tenantId, id))).toString(),
    );
    return { url, secret: Buffer.from(secret, "base64") };
  } catch (cause) {
    throw new AppError("webhook.cannot-be-opened", "A stored webhook cannot be opened: it was altered, or belongs to another tenant.", {
      cause,
    });
  }
}

function contextOf(tenantId: string, id: string): SealContext {
  return { info, associated: associate(formatVersion, [Buffer.from(tenantId), Buffer.from(id)]) };
}
