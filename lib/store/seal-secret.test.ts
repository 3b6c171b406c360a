import { randomUUID } from "node:crypto";
import path from "node:path";
import { expect, test } from "vitest";
import { createKeyring, openKeyring } from "#lib/store/keyring.ts";
import { openKey, sealKey } from "#lib/store/seal.ts";
import { openSecret, type SealedSecret, type SecretBinding, sealSecret } from "#lib/store/seal-secret.ts";
import { newSiteId } from "#lib/store/store.ts";
import { temporaryFolder } from "#lib/store/store-fixture.ts";

function newKeyring() {
  const file = path.join(temporaryFolder(), "secrets.key");
  createKeyring(file);
  return openKeyring(file);
}

const secret = Buffer.from("the key of a draft");
const input = (origin: string, siteId = "8a3d0a43-54a7-4f2f-9d5a-6f1d9d9a2f01") => JSON.stringify({ siteId, origin });
const question = (changes: Partial<SecretBinding> = {}): SecretBinding => ({
  name: "origin.test",
  id: randomUUID(),
  tenantId: randomUUID(),
  askedAt: 1_795_000_000_000,
  input: input("10.0.0.5"),
  ...changes,
});

test("a secret opens with the question it was sealed for, and each sealing differs", async () => {
  const keyring = newKeyring();
  const asked = question();
  const sealed = await sealSecret(keyring.current, secret, asked);
  expect(await openSecret(keyring, sealed, asked)).toEqual(secret);
  expect((await sealSecret(keyring.current, secret, asked)).sealed).not.toBe(sealed.sealed);
  expect(Buffer.from(sealed.sealed, "base64").includes(secret)).toBe(false);
});

const replays: [to: string, changes: Partial<SecretBinding>][] = [
  ["another request", { id: randomUUID() }],
  ["another moment", { askedAt: 1_795_000_000_001 }],
  ["another tenant", { tenantId: randomUUID() }],
  ["another kind of question", { name: "webhook.test" }],
  ["another origin", { input: input("203.0.113.66") }],
  ["another site", { input: input("10.0.0.5", newSiteId()) }],
  ["an input that means the same in other bytes", { input: `${input("10.0.0.5")} ` }],
];

test.each(replays)("a secret that is replayed with %s does not open", async (_, changes) => {
  const keyring = newKeyring();
  const asked = question();
  const sealed = await sealSecret(keyring.current, secret, asked);
  const failure = expect.objectContaining({ code: "secret.cannot-be-opened" });
  await expect(openSecret(keyring, sealed, { ...asked, ...changes })).rejects.toEqual(failure);
});

test("a bit that was changed is noticed, and a keyring without the key says so", async () => {
  const keyring = newKeyring();
  const asked = question();
  const sealed = await sealSecret(keyring.current, secret, asked);
  const bytes = Buffer.from(sealed.sealed, "base64");
  bytes[40] = (bytes[40] ?? 0) ^ 1;
  const altered: SealedSecret = { ...sealed, sealed: bytes.toString("base64") };
  await expect(openSecret(keyring, altered, asked)).rejects.toEqual(expect.objectContaining({ code: "secret.cannot-be-opened" }));
  await expect(openSecret(newKeyring(), sealed, asked)).rejects.toEqual(expect.objectContaining({ code: "secret.not-in-keyring" }));
});

test("what is stored does not open as a question's secret, nor the other way round", async () => {
  const keyring = newKeyring();
  const place = { siteId: newSiteId(), field: "upstreamMtlsCredentials" as const, publicKey: Buffer.from("public half") };
  const stored = await sealKey(keyring.current, secret, place);
  const asSecret = { keyringKeyId: stored.keyringKeyId, sealed: stored.sealed.toString("base64") };
  await expect(openSecret(keyring, asSecret, question())).rejects.toEqual(expect.objectContaining({ code: "secret.cannot-be-opened" }));
  const sealed = await sealSecret(keyring.current, secret, question());
  const asStored = { ...stored, sealed: Buffer.from(sealed.sealed, "base64") };
  await expect(openKey(keyring, asStored)).rejects.toEqual(expect.objectContaining({ code: "key.cannot-be-opened" }));
});
