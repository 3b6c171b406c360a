import type { Certificate } from "#lib/pki/certificate.ts";
import { isSignedBy } from "#lib/pki/issued.ts";

/** Every way from a certificate to an anchor, leaf first and anchor last, as OpenSSL would look for them. */
export type IssuerPaths = {
  paths: Certificate[][];
  /** Where a way ended without an anchor: the last certificate of each, whose issuer is not here. */
  ends: Certificate[];
  /** There were more signatures or ways than are looked at, so others may exist. */
  isCut: boolean;
  /** Some CA has the name of an issuer and another key: OpenSSL chooses by name and may have taken that one. */
  isAmbiguous: boolean;
};

/** Whoever pastes or presents certificates chooses how many there are: an honest way to a CA is a few steps. */
const mostSignatures = 32;
const mostPaths = 8;

/**
 * Climbs from `leaf` over `sent` to the anchors by name and signature. A way ends at the first anchor: with its
 * partial-chain flag OpenSSL looks among the anchors first and is content with any of them (decision 7).
 */
export function findIssuerPaths(leaf: Certificate, sent: readonly Certificate[], anchors: readonly Certificate[]): IssuerPaths {
  const found: IssuerPaths = { paths: [], ends: [], isCut: false, isAmbiguous: false };
  let checks = 0;
  climb([leaf]);
  return found;

  function climb(path: Certificate[]): void {
    const last = path.at(-1) ?? leaf;
    const isTrusted = anchors.some((anchor) => anchor.fingerprint === last.fingerprint);
    if (isTrusted) add(path);
    if (isTrusted) return;
    const trusted = anchors.filter((anchor) => isIssuedBy(last, anchor));
    if (trusted.length > 0) {
      for (const anchor of trusted) add([...path, anchor]);
      return;
    }
    const issuers = sent.filter((one) => !path.some(({ fingerprint }) => fingerprint === one.fingerprint) && isIssuedBy(last, one));
    if (issuers.length === 0) found.ends.push(last);
    for (const issuer of issuers) climb([...path, issuer]);
  }

  function add(path: Certificate[]): void {
    if (found.paths.length < mostPaths) found.paths.push(path);
    else found.isCut = true;
  }

  /** By the names as the sensor compares them, or as OpenSSL does, without regard to case and spaces. */
  function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
    const isChosen = certificate.x509.checkIssued(issuer.x509);
    if (certificate.x509.issuer !== issuer.x509.subject && !isChosen) return false;
    if (checks >= mostSignatures) found.isCut = true;
    if (found.isCut) return false;
    checks += 1;
    const isSigned = isSignedBy(certificate.x509, issuer.x509);
    if (isChosen && !isSigned) found.isAmbiguous = true;
    return isSigned;
  }
}
