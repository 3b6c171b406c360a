import { X509Certificate } from "node:crypto";
import { expect, test, vi } from "vitest";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import { hugePublicKey } from "#e2e/pki/huge-key.ts";
import { isSignedBy } from "#lib/pki/issued.ts";

const root = await createAuthority();
const client = new X509Certificate((await createClient(root)).certificate);

test("the CA that signed a certificate has, another one has not", async () => {
  expect(isSignedBy(client, new X509Certificate(root.certificate))).toBe(true);
  expect(isSignedBy(client, new X509Certificate((await createAuthority()).certificate))).toBe(false);
});

test.for([
  ["16,384 bits", {}],
  ["an exponent of 64 bits", { modulusBytes: 256, exponentBytes: 8 }],
] as const)("a CA with a key of %s has signed nothing, and its key is not tried", async ([_, size]) => {
  const keys = { ...root.keys, publicKey: hugePublicKey(size) };
  const issuer = new X509Certificate((await createAuthority({ issuer: root, keys })).certificate);
  const verify = vi.spyOn(X509Certificate.prototype, "verify");
  expect(isSignedBy(client, issuer)).toBe(false);
  expect(verify).not.toHaveBeenCalled();
  verify.mockRestore();
});
