import { describe, expect, test } from "vitest";
import { clientAuth, createAuthority, createCertificate, createServer, generateKeys, KeyUsageFlags } from "#e2e/pki/authority.ts";
import { client, future, intermediate, judge, now, past, root, server, siteWith, ssl, stored } from "#e2e/pki/site.ts";
import { compileSite } from "#lib/site/compile.ts";
import type { Site } from "#lib/site/schema.ts";

const names = ["shop.test"];
const rsa1024 = generateKeys("RSA-1024");
const rsaRoot = await createAuthority({ commonName: "RSA Root", keyType: "RSA-2048" });
const weakAuthority = await createAuthority({ commonName: "Weak", keys: rsa1024 });
const expiredIntermediate = await createAuthority({ commonName: "Expired Intermediate", issuer: root, ...past });
const sha1Intermediate = await createAuthority({ commonName: "SHA-1 Intermediate", issuer: rsaRoot, hash: "SHA-1" });
const stranger = await createAuthority({ commonName: "Stranger" });
const other = await createServer(root, ["other.test"]);
const cases: [string, Partial<Site>, string[]][] = [
  ["absent", { sslCredentials: null }, ["sslCredentials credentials.missing"]],
  ["without certificate", { sslCredentials: { ...stored(server), certificates: "" } }, ["sslCredentials credentials.no-certificate"]],
  [
    "for another key",
    { sslCredentials: { ...stored(server), publicKey: client.publicKey.toString("base64") } },
    ["sslCredentials key.mismatch"],
  ],
  [
    "with a key among the certificates",
    { sslCredentials: { ...stored(server, intermediate), certificates: server.bundle + intermediate.certificate } },
    ["sslCredentials key.misplaced"],
  ],
  ["for another name", ssl(other, root), ["sslCredentials certificate.name-mismatch 1"]],
  [
    "with the name in the common name only",
    ssl(await createCertificate({ commonName: "shop.test" })),
    ["sslCredentials certificate.name-mismatch 1"],
  ],
  [
    "without the wildcard",
    { ...ssl(await createServer(intermediate, names), intermediate), isWildcard: true },
    ["sslCredentials certificate.wildcard-missing 1"],
  ],
  [
    "with a wildcard that covers the name but not its own wildcard",
    { ...ssl(await createServer(intermediate, ["*.test"]), intermediate), isWildcard: true },
    ["sslCredentials certificate.wildcard-missing 1"],
  ],
  [
    "with only the wildcard",
    ssl(await createServer(intermediate, ["*.shop.test"]), intermediate),
    ["sslCredentials certificate.name-mismatch 1"],
  ],
  [
    "with a wildcard inside a label",
    ssl(await createServer(intermediate, ["s*.test", "sho*.test"]), intermediate),
    ["sslCredentials certificate.name-mismatch 1"],
  ],
  [
    "for clients",
    ssl(await createServer(intermediate, names, { extendedKeyUsage: [clientAuth] }), intermediate),
    ["sslCredentials certificate.wrong-purpose 1"],
  ],
  [
    "that may not sign",
    ssl(await createServer(intermediate, names, { keyUsage: KeyUsageFlags.keyEncipherment }), intermediate),
    ["sslCredentials certificate.no-signing 1?"],
  ],
  ["expired", ssl(await createServer(intermediate, names, past), intermediate), ["sslCredentials certificate.expired 1?"]],
  ["not yet valid", ssl(await createServer(intermediate, names, future), intermediate), ["sslCredentials certificate.not-yet-valid 1?"]],
  [
    "with an expired intermediate",
    ssl(await createServer(expiredIntermediate, names), expiredIntermediate),
    ["sslCredentials chain.expired 2?"],
  ],
  [
    "with RSA-1024",
    ssl(await createServer(intermediate, names, { keys: rsa1024 }), intermediate),
    ["sslCredentials certificate.weak-key 1"],
  ],
  ["under RSA-1024", ssl(await createServer(weakAuthority, names), weakAuthority), ["sslCredentials chain.weak-key 2"]],
  [
    "signed with SHA-1",
    ssl(await createServer(rsaRoot, names, { hash: "SHA-1" }), rsaRoot),
    ["sslCredentials certificate.weak-signature 1"],
  ],
  [
    "under an intermediate signed with SHA-1",
    ssl(await createServer(sha1Intermediate, names), sha1Intermediate),
    ["sslCredentials chain.weak-signature 2"],
  ],
  ["without its intermediate", ssl(server), ["sslCredentials chain.incomplete 1?"]],
  ["with a gap", ssl(server, root), ["sslCredentials chain.incomplete 1?", "sslCredentials chain.unused 2?"]],
  ["with a stranger", ssl(server, stranger, intermediate), ["sslCredentials chain.incomplete 3?", "sslCredentials chain.unused 2?"]],
  [
    "with text between",
    { sslCredentials: { ...stored(server), certificates: `${server.certificate}hello\n${intermediate.certificate}` } },
    ["sslCredentials pem.trailing-text"],
  ],
  ["unusable, but TLS off", { isSslEnabled: false, ...ssl(other, root) }, ["sslCredentials certificate.name-mismatch 1?"]],
];

describe("SSL Credentials", () => {
  test.each(cases)("%s", (_name, changes, expected) => expect(judge(changes)).toEqual(expected));

  test("a CA's self-signed certificate may serve the site, as `openssl req -x509` makes them", async () => {
    expect(judge(ssl(await createAuthority({ commonName: "shop", names, keyUsage: null })))).toEqual([]);
  });

  test("the message of a wrong name lists the names there are, and says why the common name does not count", async () => {
    const result = compileSite(siteWith(ssl(await createCertificate({ commonName: "shop.test" }))), now);
    expect(result.ok || result.problems[0]?.message).toContain("stands only in its common name");
  });
});
