import "reflect-metadata";
import { createHash, X509Certificate } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as ParsedCertificate,
  SubjectAlternativeNameExtension,
} from "@peculiar/x509";
import { derKind, derLength } from "#lib/pki/der.ts";
import { type Finding, fault } from "#lib/pki/finding.ts";
import { type KeyFacts, keyFacts } from "#lib/pki/key-facts.ts";
import { printable } from "#lib/pki/name.ts";
import { validityOf } from "#lib/pki/validity.ts";

/** One X.509 certificate, read once and frozen. `pem` is in 64 columns with a line end; dates are instants. */
export type Certificate = Readonly<{
  block?: number;
  pem: string;
  der: Buffer;
  x509: X509Certificate;
  subject: string;
  issuer: string;
  commonName: string | null;
  issuerCommonName: string | null;
  dnsNames: readonly string[];
  ipAddresses: readonly string[];
  notBefore: Date;
  notAfter: Date;
  key: KeyFacts;
  spki: Buffer;
  fingerprint: string;
  signatureAlgorithm: string;
  isCa: boolean;
  pathLength?: number;
  keyUsage: readonly string[] | null;
  extendedKeyUsage: readonly string[] | null;
  isSelfIssued: boolean;
}>;

/**
 * Reads the certificate of one block. It is given to Node as DER, because Node's reader of PEM takes the first block
 * of a text and passes over all the rest; bytes after the certificate are refused for the same reason. What is read is
 * remembered for the next time, except with `isKept: false`.
 */
export function readCertificate(
  block: { der: Buffer; number?: number },
  { isKept = true }: { isKept?: boolean } = {},
): { certificate: Certificate } | { finding: Finding } {
  const length = derLength(block.der);
  if (length === null || length > block.der.length) return { finding: unreadable(block.number) };
  if (length < block.der.length)
    return {
      finding: fault(
        "certificate.trailing-bytes",
        "There are more bytes in this block than its certificate has. Export the certificate again from its source.",
        block.number,
      ),
    };
  const fingerprint = createHash("sha256").update(block.der).digest("hex");
  const known = described.get(fingerprint);
  if (known) return { certificate: numbered(known, block.number) };
  const x509 = parse(block.der);
  if (x509 === null) return { finding: derKind(block.der) === "key" ? mislabelledKey(block.number) : unreadable(block.number) };
  try {
    const description = describe(x509, fingerprint);
    if (isKept) keep(description);
    return { certificate: numbered(description, block.number) };
  } catch {
    return { finding: malformed(block.number) };
  }
}

function numbered(description: Description, block: number | undefined): Certificate {
  return Object.freeze({ ...description, ...(block === undefined ? {} : { block }) });
}

/** What to call a certificate in a sentence: its common name, else its first DNS name, else its subject. */
export function nameOf(certificate: Pick<Certificate, "commonName" | "dnsNames" | "subject">): string {
  return certificate.commonName || certificate.dnsNames[0] || certificate.subject || "a certificate without a name";
}

/** What to call the issuer of a certificate in a sentence. */
export function issuerNameOf(certificate: Pick<Certificate, "issuerCommonName" | "issuer">): string {
  return certificate.issuerCommonName || certificate.issuer || "an issuer without a name";
}

function parse(der: Buffer): X509Certificate | null {
  try {
    const x509 = new X509Certificate(der);
    return isDated(x509) && x509.raw.equals(der) ? x509 : null;
  } catch {
    return null;
  }
}

function isDated(x509: X509Certificate): boolean {
  return Object.values(validityOf(x509)).every((date) => !Number.isNaN(date.getTime()));
}

type Description = Omit<Certificate, "block">;

/** Taking extensions apart costs about a millisecond, and a site is read at every save; each holds some ten kilobytes. */
const described = new Map<string, Description>();
const mostDescribed = 500;

function keep(description: Description): void {
  const [oldest] = described.keys();
  if (described.size >= mostDescribed && oldest !== undefined) described.delete(oldest);
  described.set(description.fingerprint, description);
}

function describe(x509: X509Certificate, fingerprint: string): Description {
  const parsed = new ParsedCertificate(x509.raw);
  return { ...identityOf(x509, parsed), ...extensionsOf(parsed), fingerprint };
}

function identityOf(x509: X509Certificate, parsed: ParsedCertificate) {
  return {
    pem: toPem(x509.raw),
    der: x509.raw,
    x509,
    subject: printable(parsed.subject),
    issuer: printable(parsed.issuer),
    commonName: parsed.subjectName.getField("CN").map(printable)[0] ?? null,
    issuerCommonName: parsed.issuerName.getField("CN").map(printable)[0] ?? null,
    ...validityOf(x509),
    key: Object.freeze(keyFacts(x509.publicKey)),
    spki: x509.publicKey.export({ type: "spki", format: "der" }),
    signatureAlgorithm: describeSignature(parsed),
    isSelfIssued: Buffer.from(parsed.subjectName.toArrayBuffer()).equals(Buffer.from(parsed.issuerName.toArrayBuffer())),
  };
}

function extensionsOf(parsed: ParsedCertificate) {
  // RFC 5280 §4.2 forbids it, and readers differ in which of the two they obey.
  if (new Set(parsed.extensions.map(({ type }) => type)).size < parsed.extensions.length) throw new TypeError("An extension occurs twice.");
  const constraints = parsed.getExtension(BasicConstraintsExtension);
  const names = parsed.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const keyUsage = parsed.getExtension(KeyUsagesExtension);
  const extendedKeyUsage = parsed.getExtension(ExtendedKeyUsageExtension);
  return {
    dnsNames: Object.freeze(names.filter((name) => name.type === "dns").map((name) => printable(name.value))),
    ipAddresses: Object.freeze(names.filter((name) => name.type === "ip").map((name) => printable(name.value))),
    isCa: constraints?.ca ?? false,
    ...(constraints?.pathLength === undefined ? {} : { pathLength: constraints.pathLength }),
    keyUsage: keyUsage ? Object.freeze(usagesOf(keyUsage.usages)) : null,
    extendedKeyUsage: extendedKeyUsage ? Object.freeze(extendedKeyUsage.usages.map(String)) : null,
  };
}

function usagesOf(flags: KeyUsageFlags): string[] {
  const known = Object.entries(KeyUsageFlags).filter((entry): entry is [string, number] => typeof entry[1] === "number");
  return known.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
}

/** The algorithm with its hash where the two are apart ("ECDSA SHA-256"), or the object identifier of one that is not known. */
function describeSignature(parsed: ParsedCertificate): string {
  const { name, hash } = parsed.signatureAlgorithm;
  return hash ? `${name} ${hash.name}` : name;
}

function toPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function unreadable(block?: number): Finding {
  return fault(
    "certificate.unreadable",
    "This block is not a certificate that can be read: its contents are damaged. Export it again from its source.",
    block,
  );
}

function malformed(block?: number): Finding {
  const message = "This certificate has a key or an extension that cannot be read or must not be there. Have it issued again.";
  return fault("certificate.malformed", message, block);
}

function mislabelledKey(block?: number): Finding {
  const message = "This block is called a certificate and holds a private key. Remove it, and export both again from their source.";
  return fault("certificate.private-key", message, block);
}
