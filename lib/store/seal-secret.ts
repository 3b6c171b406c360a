import { createHash } from "node:crypto";
import { AppError } from "#lib/app-error.ts";
import { associate, openBytes, type SealContext, sealBytes } from "#lib/store/hpke.ts";
import type { Keyring } from "#lib/store/keyring.ts";
import type { Recipient } from "#lib/store/seal.ts";

/** A secret on its way to the sensor with one question, in base64; nothing ever stores it. */
export type SealedSecret = { keyringKeyId: string; sealed: string };

/** The question that a secret belongs to: its name, id and time, for whom it is asked, and its whole input as text. */
export type SecretBinding = { name: string; id: string; tenantId: string; askedAt: number; input: string };

const formatVersion = 1;
/** Another than for stored keys: neither kind opens in the place of the other. */
const info = Buffer.from("tessera secret of a question");

/** Seals a secret so that it opens with this very question only: another id, site or origin makes it worthless. */
export async function sealSecret(recipient: Recipient, secret: Buffer, binding: SecretBinding): Promise<SealedSecret> {
  const sealed = await sealBytes(recipient.publicKey, secret, contextOf(binding));
  return { keyringKeyId: recipient.id, sealed: sealed.toString("base64") };
}

/** The secret; throws `secret.not-in-keyring` or `secret.cannot-be-opened` and never says more about its content. */
export async function openSecret(keyring: Keyring, { keyringKeyId, sealed }: SealedSecret, binding: SecretBinding): Promise<Buffer> {
  const own = keyring.keys.find(({ id }) => id === keyringKeyId);
  if (!own)
    throw new AppError(
      "secret.not-in-keyring",
      "The keyring was changed while this was on its way. Nothing was done with the private key; try again.",
    );
  try {
    return await openBytes(own.privateKey, Buffer.from(sealed, "base64"), contextOf(binding));
  } catch (cause) {
    throw new AppError("secret.cannot-be-opened", "The private key was not sealed for this very question, so it was not used.", { cause });
  }
}

function contextOf({ name, id, tenantId, askedAt, input }: SecretBinding): SealContext {
  const parts = [name, id, tenantId, String(askedAt)].map((text) => Buffer.from(text));
  return { info, associated: associate(formatVersion, [...parts, createHash("sha256").update(input).digest()]) };
}
