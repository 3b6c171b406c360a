import { describe, expect, test } from "vitest";
import { clientAuth, createAuthority, createServer } from "#e2e/pki/authority.ts";
import { judge, now, past, root, siteWith } from "#e2e/pki/site.ts";
import { compileSite } from "#lib/site/compile.ts";
import type { Site } from "#lib/site/schema.ts";

const oldAuthority = await createAuthority({ commonName: "Old CA", ...past });
const other = await createServer(root, ["other.test"]);
const ca = "originCaCertificates";
const cases: [string, Partial<Site>, string[]][] = [
  ["a leaf that is not self-signed", { originCaCertificates: other.certificate }, [`${ca} ca.not-a-ca 1`]],
  ["a private key", { originCaCertificates: root.key }, [`${ca} ca.private-key 1`]],
  [
    "a CA for clients alone",
    { originCaCertificates: (await createAuthority({ extendedKeyUsage: [clientAuth] })).certificate },
    [`${ca} ca.wrong-purpose 1`],
  ],
  ["only expired CAs", { originCaCertificates: oldAuthority.certificate }, [`${ca} ca.all-expired?`, `${ca} ca.expired 1?`]],
  ["a comment alone, which must not mean the public roots", { originCaCertificates: "# later" }, [`${ca} ca.none`]],
  [
    "unverified: a leaf",
    { originCaCertificates: other.certificate, isOriginVerified: false },
    ["isOriginVerified origin.unverified?", `${ca} ca.not-a-ca 1?`],
  ],
  ["Terminate Only: a leaf", { originCaCertificates: other.certificate, isTerminateOnly: true }, [`${ca} ca.not-a-ca 1?`]],
  ["Terminate Only: a key", { originCaCertificates: root.key, isTerminateOnly: true }, [`${ca} ca.private-key 1`]],
  ["an address as server name", { originServerName: "10.0.0.1" }, ["originServerName origin-server-name.malformed"]],
  ["a wildcard as server name", { originServerName: "*.a.test" }, ["originServerName origin-server-name.malformed"]],
];

describe("TLS to the origin", () => {
  test.each(cases)("%s", (_name, changes, expected) => expect(judge(changes)).toEqual(expected));

  test.each([
    ["the origin's host name", { origin: "App.internal" }, "app.internal"],
    ["the site's where the origin is addresses", { origin: "10.0.0.5" }, "shop.test"],
    ["the one that is given", { origin: "10.0.0.5", originServerName: "Backend.test" }, "backend.test"],
  ])("the name it is verified against: %s", (_name, changes, expected) => {
    const result = compileSite(siteWith(changes), now);
    expect(result.ok && result.value.originTls).toEqual({ isVerified: true, ca: undefined, serverName: expected });
  });
});
