import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createAuthority, createClient, generateKeys } from "#e2e/pki/authority.ts";
import { hugePrivateKey } from "#e2e/pki/huge-key.ts";
import { readPem } from "#lib/pki/pem.ts";
import { readPrivateKey } from "#lib/pki/private-key.ts";

const ec = generateKeys("P-256").privateKey;
const rsa = generateKeys("RSA-2048").privateKey;
const ed25519 = generateKeys("Ed25519").privateKey;
const encryption = { cipher: "aes-256-cbc", passphrase: "x" };

function read(pem: string) {
  const [block] = readPem(pem).blocks;
  if (!block) throw new Error("no block");
  return readPrivateKey(block);
}

describe("keys that are read", () => {
  test.each([
    ["PKCS#8 EC", ec, "pkcs8"],
    ["SEC1 EC", ec, "sec1"],
    ["PKCS#8 RSA", rsa, "pkcs8"],
    ["PKCS#1 RSA", rsa, "pkcs1"],
    ["PKCS#8 Ed25519", ed25519, "pkcs8"],
  ] as const)("%s", (_name, key, type) => {
    const reading = read(key.export({ type, format: "pem" } as { type: "pkcs8"; format: "pem" }).toString());
    expect(reading).toHaveProperty("key");
    if (!("key" in reading)) return;
    expect(reading.key.pkcs8.equals(key.export({ type: "pkcs8", format: "der" }))).toBe(true);
    expect(reading.key.publicKey.equals(createPublicKey(key).export({ type: "spki", format: "der" }))).toBe(true);
  });

  test("the public half is the one in the certificate", async () => {
    const client = await createClient(await createAuthority());
    expect(read(client.key)).toMatchObject({ key: { publicKey: client.publicKey, type: "EC", curve: "P-256" } });
  });
});

describe("keys that are refused", () => {
  const other = generateKeys("P-256").privateKey;
  const wrap = (label: string, der: Buffer) => `-----BEGIN ${label}-----\n${der.toString("base64")}\n-----END ${label}-----\n`;
  const pkcs8 = ec.export({ type: "pkcs8", format: "der" });
  const swapped = Buffer.concat([pkcs8.subarray(0, -64), other.export({ type: "pkcs8", format: "der" }).subarray(-64)]);
  const dsa = generateKeyPairSync("x25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  test.each([
    ["encrypted PKCS#8", ec.export({ type: "pkcs8", format: "pem", ...encryption }).toString(), "key.encrypted"],
    ["encrypted SEC1", ec.export({ type: "sec1", format: "pem", ...encryption }).toString(), "key.encrypted"],
    ["encrypted PKCS#1", rsa.export({ type: "pkcs1", format: "pem", ...encryption }).toString(), "key.encrypted"],
    ["OpenSSH's form", wrap("OPENSSH PRIVATE KEY", Buffer.from("openssh-key-v1")), "key.openssh"],
    ["a DSA key", wrap("DSA PRIVATE KEY", pkcs8), "key.unsupported"],
    ["a key for another use than signing", dsa, "key.unsupported"],
    ["damaged contents", wrap("PRIVATE KEY", pkcs8.subarray(0, -3)), "key.unreadable"],
    ["bytes after the key", wrap("PRIVATE KEY", Buffer.concat([pkcs8, Buffer.from([0])])), "key.unreadable"],
    ["a certificate's bytes", wrap("PRIVATE KEY", Buffer.from("3003020100", "hex")), "key.unreadable"],
    ["more bits than TLS can use", hugePrivateKey(), "key.oversized"],
    ["two halves that do not fit", wrap("PRIVATE KEY", swapped), "key.inconsistent"],
  ])("%s", (_name, pem, code) => {
    expect(read(pem)).toMatchObject({ finding: { code, severity: "error", block: 1 } });
  });

  test("an encrypted one is told with the line that decrypts it", () => {
    expect(read(ec.export({ type: "pkcs8", format: "pem", ...encryption }).toString())).toMatchObject({
      finding: { message: expect.stringContaining("`openssl pkey -in key.pem -out plain-key.pem`") },
    });
  });

  test("the swapped halves are a key that Node itself accepts", () => {
    expect(() => createPrivateKey({ key: swapped, format: "der", type: "pkcs8" })).not.toThrow();
  });
});
