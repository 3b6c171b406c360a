import { createHash } from "node:crypto";
import { rootCertificates } from "node:tls";
import { describe, expect, test } from "vitest";
import {
  BasicConstraintsExtension,
  clientAuth,
  createAuthority,
  createCertificate,
  createServer,
  KeyUsageFlags,
} from "#e2e/pki/authority.ts";
import { type Certificate, issuerNameOf, nameOf, readCertificate } from "#lib/pki/certificate.ts";
import { certificateFacts } from "#lib/pki/facts.ts";
import { readPem } from "#lib/pki/pem.ts";
import { isWeakSignature } from "#lib/pki/signature.ts";

const root = await createAuthority({ pathLength: 1 });
const server = await createServer(root, ["a.test", "*.a.test", "10.0.0.1", "::1"]);

function read(pem: string): Certificate {
  const [block] = readPem(pem).blocks;
  if (!block) throw new Error("no block");
  const reading = readCertificate(block);
  if ("finding" in reading) throw new Error(reading.finding.code);
  return reading.certificate;
}

describe("a certificate that is read", () => {
  test("a CA, with its constraints and key usage", () => {
    expect(read(root.certificate)).toMatchObject({
      block: 1,
      pem: root.certificate,
      subject: "CN=Test Root CA",
      issuer: "CN=Test Root CA",
      isCa: true,
      pathLength: 1,
      isSelfIssued: true,
      keyUsage: ["keyCertSign", "cRLSign"],
      extendedKeyUsage: null,
      signatureAlgorithm: "ECDSA SHA-256",
      key: { type: "EC", curve: "P-256" },
    });
  });

  test("a server certificate, with its names, purposes and identifiers", () => {
    const certificate = read(server.certificate);
    expect(certificate).toMatchObject({
      commonName: "a.test",
      dnsNames: ["a.test", "*.a.test"],
      ipAddresses: ["10.0.0.1", "::1"],
      isCa: false,
      isSelfIssued: false,
      keyUsage: ["digitalSignature"],
      extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"],
      fingerprint: server.fingerprint,
    });
    expect(certificate.spki.equals(server.publicKey)).toBe(true);
    expect(createHash("sha256").update(certificate.der).digest("hex")).toBe(server.fingerprint);
    expect([nameOf(certificate), issuerNameOf(certificate)]).toEqual(["a.test", "Test Root CA"]);
  });

  test("one without any extension: no CA, nothing restricted", async () => {
    const bare = read((await createCertificate({ withoutBasicConstraints: true, keyUsage: null })).certificate);
    expect(bare).toMatchObject({ isCa: false, keyUsage: null, extendedKeyUsage: null, dnsNames: [] });
  });

  test.each([
    ["Ed25519", "Ed25519", "Ed25519"],
    ["P-384", "EC P-384", "ECDSA SHA-256"],
    ["RSA-2048", "RSA 2048", "RSASSA-PKCS1-v1_5 SHA-256"],
  ] as const)("names a key of %s in words", async (keyType, description, signature) => {
    const certificate = read((await createCertificate({ keyType })).certificate);
    expect(certificateFacts(certificate).keyDescription).toBe(description);
    expect(certificate.signatureAlgorithm).toBe(signature);
  });

  test("is frozen, its lists too", () => {
    const certificate = read(server.certificate);
    expect([certificate, certificate.dnsNames, certificate.keyUsage, certificate.key].every(Object.isFrozen)).toBe(true);
  });

  test("a name cannot break out of a sentence", async () => {
    const { subject } = read((await createCertificate({ commonName: "a\u202ecod\nx" })).certificate);
    expect(subject).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("as facts it is plain JSON", () => {
    const facts = certificateFacts(read(server.certificate));
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
    expect(facts).toMatchObject({
      names: ["a.test", "*.a.test", "10.0.0.1", "::1"],
      fingerprint: server.fingerprint,
      isCa: false,
      block: 1,
      notBefore: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });
});

test("every public root that comes with Node is read as a CA", () => {
  expect(rootCertificates.map(read).filter((certificate) => !certificate.isCa || !certificate.isSelfIssued)).toEqual([]);
});

describe("a block that is refused", () => {
  const der = Buffer.from(server.x509.rawData);
  const cases: [string, Buffer, string][] = [
    ["bytes after the certificate", Buffer.concat([der, Buffer.from([0])]), "certificate.trailing-bytes"],
    ["a second certificate in the same block", Buffer.concat([der, der]), "certificate.trailing-bytes"],
    ["a certificate cut short", der.subarray(0, -1), "certificate.unreadable"],
    ["nothing", Buffer.alloc(0), "certificate.unreadable"],
    ["no certificate at all", Buffer.from("3003020105", "hex"), "certificate.unreadable"],
    [
      "a private key under the certificate's label",
      server.keys.privateKey.export({ type: "pkcs8", format: "der" }),
      "certificate.private-key",
    ],
    ["a length of unknown size", Buffer.from("3080", "hex"), "certificate.unreadable"],
    ["a length beyond all bounds", Buffer.from("30ffffffffffffffffff", "hex"), "certificate.unreadable"],
    ["basic constraints that cannot be read", withBrokenExtension(der), "certificate.malformed"],
  ];
  test.each(cases)("%s", (_name, bytes, code) => {
    expect(readCertificate({ der: bytes, number: 3 })).toMatchObject({ finding: { code, block: 3, severity: "error" } });
  });

  test("an extension that occurs twice", async () => {
    const twice = await createCertificate({ extensions: [new BasicConstraintsExtension(true)] });
    expect(readCertificate({ der: Buffer.from(twice.x509.rawData) })).toMatchObject({ finding: { code: "certificate.malformed" } });
  });

  test("600 mutations of a certificate never throw", () => {
    let state = 7;
    for (let round = 0; round < 600; round++) {
      const mutated = Buffer.from(der);
      for (let count = 0; count < 1 + (round % 3); count++) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        mutated[state % mutated.length] = state >>> 24;
      }
      expect(() => readCertificate({ der: mutated })).not.toThrow();
    }
  });
});

describe("a signature that can be forged", () => {
  test.each([
    ["SHA-1 with ECDSA", "ECDSA SHA-1", true],
    ["MD5 with RSA", "1.2.840.113549.1.1.4", true],
    ["SHA-256 with ECDSA", "ECDSA SHA-256", false],
    ["Ed25519", "Ed25519", false],
  ])("%s", (_name, algorithm, expected) => expect(isWeakSignature(algorithm)).toBe(expected));

  test("is recognised in a real certificate", async () => {
    const issuer = await createAuthority({ keyType: "RSA-2048" });
    expect(isWeakSignature(read((await createCertificate({ issuer, hash: "SHA-1" })).certificate).signatureAlgorithm)).toBe(true);
  });
});

test("purposes and usages are told apart", async () => {
  const usage = KeyUsageFlags.keyEncipherment | KeyUsageFlags.decipherOnly;
  const certificate = read((await createCertificate({ extendedKeyUsage: [clientAuth, "1.2.3.4"], keyUsage: usage })).certificate);
  expect(certificate.extendedKeyUsage).toEqual([clientAuth, "1.2.3.4"]);
  expect(certificate.keyUsage).toEqual(["keyEncipherment", "decipherOnly"]);
});

/** Makes the SEQUENCE inside basicConstraints a NULL of the same length; the signature is not looked at here. */
function withBrokenExtension(der: Buffer): Buffer {
  const copy = Buffer.from(der);
  const at = copy.indexOf(Buffer.from("0603551d13", "hex"));
  const inner = copy.indexOf(0x30, at + 5);
  copy[inner] = 0x05;
  return copy;
}
