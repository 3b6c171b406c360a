import { describe, expect, it } from "vitest";
import { createAuthority } from "#e2e/pki/authority.ts";
import { client, intermediate, now, root, server, siteWith, stored } from "#e2e/pki/site.ts";
import { createFinePace } from "#lib/pki/pace.ts";
import { compileSite } from "#lib/site/compile.ts";
import type { Site } from "#lib/site/schema.ts";
import { readSitePem, readSitePemInSlices } from "#lib/site/site-pem.ts";

const junk = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
const sites: [string, Partial<Site>][] = [
  ["one without mTLS", {}],
  ["one without credentials", { isSslEnabled: false, sslCredentials: null }],
  [
    "one with all four",
    { downstreamMtlsCredentials: root.certificate, upstreamMtlsCredentials: stored(client), originCaCertificates: root.certificate },
  ],
  ["one with a key among the CAs", { isDownstreamMtls: true, downstreamMtlsCredentials: root.bundle }],
  [
    "one with broken blocks",
    { isDownstreamMtls: true, downstreamMtlsCredentials: junk + root.certificate + junk, originCaCertificates: "text" },
  ],
  ["one beyond all bounds", { isDownstreamMtls: true, downstreamMtlsCredentials: root.certificate + "#".repeat(300_000) }],
  ["one with a key among its chain", { sslCredentials: { ...stored(server, intermediate), certificates: server.bundle } }],
];

describe("what is read in slices", () => {
  it.each(sites)("is what is read at once: %s", async (_name, changes) => {
    const site = siteWith(changes);
    const inSlices = await readSitePemInSlices(site, createFinePace());
    expect(inSlices).toEqual(readSitePem(site));
    expect(JSON.stringify(resultOf(site, inSlices))).toBe(JSON.stringify(resultOf(site)));
  });

  it("lets others go first between two certificates", async () => {
    const authorities = await Promise.all(Array.from({ length: 20 }, (_, index) => createAuthority({ commonName: `Slice ${index}` })));
    const text = authorities.map(({ certificate }) => certificate).join("");
    let rests = 0;
    const rest = async () => {
      rests += 1;
    };
    await readSitePemInSlices(siteWith({ isDownstreamMtls: true, downstreamMtlsCredentials: text, originCaCertificates: text }), { rest });
    expect(rests).toBeGreaterThanOrEqual(40);
  });

  it("ends when nobody waits for it any more", async () => {
    const rest = async () => {
      throw new Error("gone");
    };
    await expect(readSitePemInSlices(siteWith(), { rest })).rejects.toThrow("gone");
  });
});

function resultOf(site: Site, pem = readSitePem(site)) {
  const compiled = compileSite(site, now, pem);
  return compiled.ok ? { warnings: compiled.value.warnings, ca: compiled.value.downstream?.anchorsPem } : compiled.problems;
}
