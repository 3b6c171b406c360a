import type { Certificate } from "#lib/pki/certificate.ts";
import { isSignedBy } from "#lib/pki/issued.ts";

/** A chain from the leaf upwards; `gap` tells after which certificate the issuer is missing, unless that is a self-signed one. */
export type OrderedChain = { chain: Certificate[]; unused: Certificate[]; gap?: { after: Certificate } };

const longestChain = 10;

/** Puts the certificates that lead from `leaf` upwards in order (RFC 8446 §4.4.2); whatever has no part in it is `unused`. */
export function orderChain(leaf: Certificate, others: readonly Certificate[]): OrderedChain {
  const chain = [leaf];
  let last = leaf;
  while (!last.isSelfIssued && chain.length < longestChain) {
    const issuer = findIssuer(last, others, chain);
    if (!issuer) break;
    chain.push(issuer);
    last = issuer;
  }
  const unused = others.filter((certificate) => !chain.includes(certificate));
  return { chain, unused, ...(last.isSelfIssued ? {} : { gap: { after: last } }) };
}

/** Whether `issuer` signed `certificate`: names, key identifiers and the signature itself (RFC 5280 §6.1.3). */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  return certificate.x509.checkIssued(issuer.x509) && isSignedBy(certificate.x509, issuer.x509);
}

/** Of several issuers with one name and key (cross-signed, renewed) the one that lasts longest. */
function findIssuer(certificate: Certificate, others: readonly Certificate[], chain: Certificate[]): Certificate | undefined {
  return others
    .filter((other) => !chain.includes(other) && isIssuedBy(certificate, other))
    .toSorted((a, b) => b.notAfter.getTime() - a.notAfter.getTime())[0];
}
