import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { clientAuth, createAuthority, createCertificate, createClient, createServer, serverAuth } from "#e2e/pki/authority.ts";
import { client, down, intermediate, judge, now, past, root, server, siteWith, ssl, stored, up } from "#e2e/pki/site.ts";
import { compileSite } from "#lib/site/compile.ts";
import type { Site } from "#lib/site/schema.ts";

const names = ["shop.test"];
const rsaRoot = await createAuthority({ commonName: "RSA Root", keyType: "RSA-2048" });
const sha1Intermediate = await createAuthority({ commonName: "SHA-1 Intermediate", issuer: rsaRoot, hash: "SHA-1" });
const selfSigned = await createCertificate({ commonName: "self", names, extendedKeyUsage: [serverAuth] });
const oldRoot = await createAuthority({ commonName: "Old Root", ...past });
const underOldRoot = await createServer(oldRoot, names);
const sound: [string, Partial<Site>][] = [
  ["with TLS alone", {}],
  ["without TLS", { isSslEnabled: false, sslCredentials: null }],
  ["with both directions", { ...down(root.certificate), ...up(client, root) }],
  ["with a wildcard", { isWildcard: true }],
  ["with a self-signed certificate", ssl(selfSigned)],
  ["with a certificate of a root that is given", ssl(await createServer(root, names), root)],
  ["with the intermediate first", { sslCredentials: { ...stored(server), certificates: intermediate.certificate + server.certificate } }],
  ["with an expired root, which is never sent", ssl(underOldRoot, oldRoot)],
  ["with an Ed25519 key", ssl(await createServer(intermediate, names, { keyType: "Ed25519" }), intermediate)],
  ["with an RSA-2048 key", ssl(await createServer(intermediate, names, { keyType: "RSA-2048" }), intermediate)],
  ["with an intermediate alone as CA for clients", down(intermediate.certificate)],
  ["with a CA that has no key usage", down((await createAuthority({ keyUsage: null })).certificate)],
  ["with a CA for clients alone", down((await createAuthority({ extendedKeyUsage: [clientAuth] })).certificate)],
  ["with a CA that was signed with SHA-1", down(sha1Intermediate.certificate)],
  ["with a client certificate without purposes", up(await createClient(root, { extendedKeyUsage: null }), root)],
  ["with a client certificate for servers too", up(await createClient(root, { extendedKeyUsage: [serverAuth, clientAuth] }), root)],
  ["with a private CA for the origin", { originCaCertificates: root.certificate }],
  ["with an origin's self-signed certificate", { originCaCertificates: selfSigned.certificate }],
  ["with Terminate Only", { isTerminateOnly: true }],
  [
    "with mTLS credentials kept while the boxes are off",
    { downstreamMtlsCredentials: root.certificate, upstreamMtlsCredentials: stored(client, root) },
  ],
];

describe("a sound site", () => {
  test.each(sound)("%s", (_name, changes) => expect(judge(changes)).toEqual([]));
});

const off = { isSslEnabled: false, sslCredentials: null };
const combinations: [string, Partial<Site>, string[]][] = [
  ["Downstream mTLS without TLS", { ...off, ...down(root.certificate) }, ["isSslEnabled mtls.needs-tls"]],
  ["Upstream mTLS without TLS", { ...off, ...up(client, root) }, ["isSslEnabled mtls.needs-tls"]],
  ["both without TLS", { ...off, ...down(root.certificate), ...up(client, root) }, ["isSslEnabled mtls.needs-tls"]],
  ["Upstream mTLS with Terminate Only", { ...up(client, root), isTerminateOnly: true }, ["isUpstreamMtls mtls.terminate-only"]],
  ["Downstream mTLS with Terminate Only", { ...down(root.certificate), isTerminateOnly: true }, []],
  ["a wildcard over a top-level domain", { ...off, hostName: "test", isWildcard: true }, ["isWildcard host-name.wildcard-too-wide"]],
  ["a host name that is none", { ...off, hostName: "https://x" }, ["hostName host-name.url"]],
];

describe("combinations", () => {
  test.each(combinations)("%s", (_name, changes, expected) => expect(judge(changes)).toEqual(expected));
});

describe("what comes of a site that compiles", () => {
  const result = compileSite(
    siteWith({ ...down(root.certificate), ...up(client, root), sslPolicy: "tls-1.3", maxBodySizeMb: 2, realIpHeader: "X-Real" }),
    now,
  );
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  const site = result.value;

  test("chains are sent leaf first and without the root", () => {
    expect(site.tls?.certificateChain).toBe(server.certificate + intermediate.certificate);
    expect(site.upstream?.certificateChain).toBe(client.certificate);
    expect(site.tls?.publicKey.equals(server.publicKey)).toBe(true);
  });

  test("units and policy are those of the sensor", () => {
    expect(site).toMatchObject({ maxBodySizeBytes: 2_097_152, readTimeoutMs: 90_000, sendTimeoutMs: 30_000, realIp: null });
    expect(site.tls?.minVersion).toBe("TLSv1.3");
  });

  test("it is frozen throughout", () => {
    const parts = [
      site,
      site.names,
      site.tls,
      site.tls?.certificates,
      site.downstream?.anchors,
      site.upstream,
      site.origin,
      site.originTls,
      site.warnings,
    ];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual(parts.map(() => true));
  });

  test("it cannot be written out, neither alone nor inside something else", () => {
    expect(() => JSON.stringify(site)).toThrow("never serialised");
    expect(() => JSON.stringify({ log: { site } })).toThrow("never serialised");
    expect(inspect({ site })).not.toContain("BEGIN");
  });

  test("a redirect needs TLS", () => {
    const plain = compileSite(siteWith({ isSslEnabled: false, isHttpRedirected: true }), now);
    expect(plain.ok && plain.value.isHttpRedirected).toBe(false);
  });
});
