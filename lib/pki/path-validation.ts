import {
  type AltName,
  CertificateChainValidationEngine,
  type GeneralSubtree,
  NameConstraints,
  Certificate as ParsedCertificate,
} from "pkijs";
import type { Certificate } from "#lib/pki/certificate.ts";

/**
 * What the library says of one path: valid, invalid because of the names that a CA is limited to, or not to be relied on,
 * with the reason why OpenSSL might decide otherwise.
 */
export type PathReading = { result: "valid" } | { result: "names-not-allowed" } | { result: "unreliable"; why: string };

/**
 * The state of RFC 5280 §6.1 for a path whose signatures are already checked, leaf first and anchor last, by PKI.js. It
 * looks for no issuers of its own: the path is given, so that cross-signed loops cost nothing. Never throws.
 */
export async function readPath(path: readonly Certificate[], now: Date): Promise<PathReading> {
  try {
    return await validate(path.map(parse), now);
  } catch {
    return { result: "unreliable", why: "the certificates have parts that cannot be read" };
  }
}

/** Object identifiers of the critical extensions that OpenSSL does not know; an empty list for most certificates. */
export function unknownCriticalExtensions(certificate: Certificate): string[] {
  const critical = (parse(certificate).extensions ?? []).filter((extension) => extension.critical);
  return critical.map(({ extnID }) => extnID).filter((oid) => !knownToOpenssl.has(oid));
}

/** Whether it has the extension by which Netscape said what a certificate is for: OpenSSL still obeys it. */
export function hasNetscapeType(certificate: Certificate): boolean {
  return (parse(certificate).extensions ?? []).some(({ extnID }) => extnID === "2.16.840.1.113730.1.1");
}

/** OpenSSL's `X509_supported_extension`. */
const knownToOpenssl = new Set([
  "2.16.840.1.113730.1.1", // Netscape certificate type
  "2.5.29.15", // key usage
  "2.5.29.17", // subject alternative name
  "2.5.29.19", // basic constraints
  "2.5.29.30", // name constraints
  "2.5.29.31", // CRL distribution points
  "2.5.29.32", // certificate policies
  "2.5.29.33", // policy mappings
  "2.5.29.36", // policy constraints
  "2.5.29.37", // extended key usage
  "2.5.29.54", // inhibit any policy
  "1.3.6.1.5.5.7.1.7", // IP addresses (RFC 3779)
  "1.3.6.1.5.5.7.1.8", // autonomous systems (RFC 3779)
  "1.3.6.1.5.5.7.1.14", // proxy certificate information
]);

const nameConstraintsOid = "2.5.29.30";
const alternativeNameOid = "2.5.29.17";
const dnsName = 2;
const directoryName = 4;

async function validate(path: ParsedCertificate[], now: Date): Promise<PathReading> {
  const anchor = path.at(-1);
  if (anchor === undefined || path.length < 2) return { result: "unreliable", why: "the certificate is itself one of the CAs" };
  const subtrees = path.map(subtreesOf);
  const isLimited = subtrees.some(({ permitted, excluded }) => permitted.length + excluded.length > 0);
  const doubt = isLimited ? doubtAboutNames(path, subtrees) : null;
  const engine = new CertificateChainValidationEngine({
    trustedCerts: [anchor],
    certs: path.slice(0, -1).reverse(),
    checkDate: now,
    findIssuer: async (certificate) => path.slice(path.indexOf(certificate) + 1).slice(0, 1),
  });
  // RFC 5280 leaves an anchor's own constraints to the relying party; OpenSSL holds the path to them.
  const { result, resultCode, resultMessage } = await engine.verify({
    initialPermittedSubtreesSet: subtrees.at(-1)?.permitted ?? [],
    initialExcludedSubtreesSet: subtrees.at(-1)?.excluded ?? [],
  });
  if (doubt !== null) return { result: "unreliable", why: doubt };
  if (result) return { result: "valid" };
  if (resultCode === 41 || resultCode === 42) return { result: "names-not-allowed" };
  return { result: "unreliable", why: `two readings of the path differ (${resultMessage || "certificate policies"})` };
}

type Subtrees = { permitted: GeneralSubtree[]; excluded: GeneralSubtree[] };

function subtreesOf(certificate: ParsedCertificate): Subtrees {
  const value = certificate.extensions?.find(({ extnID }) => extnID === nameConstraintsOid)?.parsedValue;
  if (!(value instanceof NameConstraints)) return { permitted: [], excluded: [] };
  return { permitted: value.permittedSubtrees ?? [], excluded: value.excludedSubtrees ?? [] };
}

/**
 * Where PKI.js compares names otherwise than OpenSSL does: it is content with one permitted name of several, reads
 * directory names loosely, holds self-issued CAs to the constraints too, and never takes the common name for a DNS name.
 */
function doubtAboutNames(path: ParsedCertificate[], subtrees: Subtrees[]): string | null {
  const [leaf] = path;
  const all = subtrees.flatMap(({ permitted, excluded }) => [...permitted, ...excluded]);
  if (all.some(({ base }) => base.type === directoryName)) return "a CA limits the directory names it vouches for";
  if (path.slice(1, -1).some((certificate) => certificate.subject.isEqual(certificate.issuer))) return "a renewed CA limits names";
  const hasSeveral = path.map(kindsOfNames).some((kinds) => new Set(kinds).size < kinds.length);
  if (hasSeveral) return "a CA limits the names it vouches for, and the certificate has several";
  const isCommonNameTaken = leaf !== undefined && !kindsOfNames(leaf).includes(dnsName) && all.some(({ base }) => base.type === dnsName);
  return isCommonNameTaken && leaf?.subject.typesAndValues.some(({ value }) => String(value.valueBlock.value).includes("."))
    ? "a CA limits the DNS names it vouches for, and the certificate has one only as its common name"
    : null;
}

function kindsOfNames(certificate: ParsedCertificate): number[] {
  const value = certificate.extensions?.find(({ extnID }) => extnID === alternativeNameOid)?.parsedValue;
  return value === undefined ? [] : (value as AltName).altNames.map(({ type }) => type);
}

/** Reading costs most of all here, and CAs are read again with every client. */
const parsed = new WeakMap<Certificate, ParsedCertificate>();

function parse(certificate: Certificate): ParsedCertificate {
  const known = parsed.get(certificate);
  if (known) return known;
  const read = ParsedCertificate.fromBER(new Uint8Array(certificate.der));
  if (read.extensions?.some(({ parsedValue }) => parsedValue !== undefined && "parsingError" in parsedValue && parsedValue.parsingError))
    throw new TypeError("An extension cannot be read.");
  parsed.set(certificate, read);
  return read;
}
