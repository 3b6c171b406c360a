import { describe, expect, test } from "vitest";
import { createAuthority, createClient, generateKeys, KeyUsageFlags, serverAuth } from "#e2e/pki/authority.ts";
import { anyPurpose, client, future, intermediate, judge, now, past, root, siteWith, stored, up } from "#e2e/pki/site.ts";
import { compileSite } from "#lib/site/compile.ts";
import type { Site } from "#lib/site/schema.ts";

const rsa1024 = generateKeys("RSA-1024");
const rsaRoot = await createAuthority({ commonName: "RSA Root", keyType: "RSA-2048" });
const field = "upstreamMtlsCredentials";
const cases: [string, Partial<Site>, string[]][] = [
  ["absent", { isUpstreamMtls: true }, [`${field} mtls.no-credentials`]],
  [
    "for another key",
    { isUpstreamMtls: true, upstreamMtlsCredentials: { ...stored(client), publicKey: root.publicKey.toString("base64") } },
    [`${field} key.mismatch`],
  ],
  ["a CA", up(root), [`${field} client.is-a-ca 1`]],
  ["for servers alone", up(await createClient(root, { extendedKeyUsage: [serverAuth] }), root), [`${field} client.wrong-purpose 1`]],
  ["for mail", up(await createClient(root, { extendedKeyUsage: ["1.3.6.1.5.5.7.3.4"] }), root), [`${field} client.wrong-purpose 1`]],
  ["for any purpose", up(await createClient(root, { extendedKeyUsage: [anyPurpose] }), root), [`${field} client.any-purpose 1?`]],
  ["that may not sign", up(await createClient(root, { keyUsage: KeyUsageFlags.keyEncipherment }), root), [`${field} client.no-signing 1`]],
  ["expired", up(await createClient(root, past), root), [`${field} certificate.expired 1?`]],
  ["not yet valid", up(await createClient(root, future), root), [`${field} certificate.not-yet-valid 1?`]],
  ["with RSA-1024", up(await createClient(root, { keys: rsa1024 }), root), [`${field} certificate.weak-key 1`]],
  ["signed with SHA-1", up(await createClient(rsaRoot, { hash: "SHA-1" }), rsaRoot), [`${field} certificate.weak-signature 1`]],
  ["without its issuer, which the origin knows", up(client), []],
  ["with a gap", up(await createClient(intermediate), root), [`${field} chain.incomplete 1?`, `${field} chain.unused 2?`]],
  ["off: a CA", { upstreamMtlsCredentials: stored(root) }, [`${field} client.is-a-ca 1?`]],
];

describe("Upstream mTLS Credentials", () => {
  test.each(cases)("%s", (_name, changes, expected) => expect(judge(changes)).toEqual(expected));

  test("one for servers alone is told that public CAs stopped issuing for clients", async () => {
    const result = compileSite(siteWith(up(await createClient(root, { extendedKeyUsage: [serverAuth] }), root)), now);
    expect(result.ok || result.problems[0]?.message).toContain("Public CAs stopped issuing certificates for clients (clientAuth) in 2026");
  });
});
