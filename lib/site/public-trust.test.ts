import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { describe, expect, test, vi } from "vitest";
import { createAuthority, type Identity } from "#e2e/pki/authority.ts";
import { brief, down, judge, messagesOf, now, siteWith } from "#e2e/pki/site.ts";
import { compileSite } from "#lib/site/compile.ts";
import { judgeSave } from "#lib/site/judge.ts";
import type { Site } from "#lib/site/schema.ts";

// A root of the public web whose key we have: what it signed cannot be made with the real ones.
const { webRoot } = vi.hoisted(() => ({ webRoot: { certificate: "" } }));
vi.mock("node:tls", async (original) => {
  const tls = await original<typeof import("node:tls")>();
  return {
    ...tls,
    get rootCertificates() {
      return [...tls.rootCertificates, webRoot.certificate].filter((pem) => pem !== "");
    },
  };
});
const ourWebRoot = await createAuthority({ commonName: "Web Root" });
webRoot.certificate = ourWebRoot.certificate;

const field = "downstreamMtlsCredentials";
const partner = await createAuthority({ commonName: "Partner Root CA 2024" });
const real = `${rootCertificates[0]}\n`;
const crossSigned = await crossSign(real, partner);
const renewed = await createAuthority({ commonName: "Web Root G2", keys: ourWebRoot.keys });
const below = await createAuthority({ commonName: "Web Issuing CA", issuer: ourWebRoot });
const furtherBelow = await createAuthority({ commonName: "Web Reseller CA", issuer: below });
const impostor = await createAuthority({ commonName: "Fake Issuing CA", issuer: { ...partner, x509: ourWebRoot.x509 } });

/** The public root's name and key in a certificate that another CA signed, as CAs do for each other. */
function crossSign(pem: string, issuer: Identity): Promise<Identity> {
  const { publicKey, subject } = new X509Certificate(pem);
  const name = subject.split("\n").find((part) => part.startsWith("CN=")) ?? "CN=Cross-signed";
  return createAuthority({ commonName: name.slice(3), issuer, keys: { publicKey, privateKey: partner.keys.privateKey } });
}

describe("CAs that vouch for clients", () => {
  const cases: [string, string, string[]][] = [
    ["a CA of one's own", partner.certificate, []],
    ["a public root", real, [`${field} ca.public-root 1?`]],
    ["a public root beside a CA of one's own", partner.certificate + real, [`${field} ca.public-root 2?`]],
    ["a public root cross-signed by another CA", crossSigned.certificate, [`${field} ca.public-root 1?`]],
    ["a public root renewed under another name", renewed.certificate, [`${field} ca.public-root 1?`]],
    ["a CA that a public root signed", below.certificate, [`${field} ca.public-intermediate 1?`]],
    [
      "CAs further down, in any order",
      furtherBelow.certificate + below.certificate,
      [`${field} ca.public-intermediate 1?`, `${field} ca.public-intermediate 2?`],
    ],
    ["a CA that only bears a public root's name as issuer", impostor.certificate, []],
  ];
  test.each(cases)("%s", (_name, text, expected) => {
    expect(judge(down(text))).toEqual(expected);
  });

  test("every root that comes with Node is known", () => {
    for (const pem of rootCertificates.filter((one) => one !== webRoot.certificate)) {
      const codes = judge(down(`${pem}\n`)).map((line) => line.split(" ")[1]?.replace("?", ""));
      // Of a root with a short key that is said as well.
      expect(codes).toContain("ca.public-root");
    }
  });

  test("to look for the certificate alone would miss the cross-signed one", () => {
    const fingerprints = new Set(rootCertificates.map((pem) => new X509Certificate(pem).fingerprint256));
    expect(fingerprints.has(new X509Certificate(real).fingerprint256)).toBe(true);
    expect(fingerprints.has(new X509Certificate(crossSigned.certificate).fingerprint256)).toBe(false);
  });

  test("the reason is told, and what to paste instead", () => {
    expect(messagesOf(down(real))).toMatch(/anybody can get a certificate from it.* Paste the CA that issues/);
  });
});

test("a public root vouches for origins without a word", () => {
  expect(judge({ originCaCertificates: real })).toEqual([]);
});

describe("a save", () => {
  const open = siteWith();
  const withRoot = siteWith(down(real));
  const error = [`${field} ca.public-root 1`];
  const cases: [string, Site, Site | null, string[]][] = [
    ["is refused for a new site", withRoot, null, error],
    ["is refused when the root comes in", withRoot, siteWith(down(partner.certificate)), error],
    ["is refused when another CA joins it", siteWith(down(real + partner.certificate)), withRoot, error],
    ["is refused when mTLS is turned on over a root that was pasted before", withRoot, { ...withRoot, isDownstreamMtls: false }, error],
    ["of other fields goes through where a stored revision has one", { ...withRoot, origin: "10.0.0.9" }, withRoot, [`${error}?`]],
    ["goes through while mTLS is off", { ...withRoot, isDownstreamMtls: false }, open, [`${error}?`]],
  ];
  test.each(cases)("%s", (_name, site, stored, expected) => {
    const result = judgeSave(site, stored, now);
    expect(brief(result.ok ? result.value.warnings : result.problems)).toEqual(expected);
    expect(result.ok).toBe(expected.every((line) => line.endsWith("?")));
  });

  test("a revision from before this rule goes on being served", () => {
    expect(compileSite(withRoot, now).ok).toBe(true);
  });
});
