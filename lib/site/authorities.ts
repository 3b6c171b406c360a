import { type Certificate, issuerNameOf, nameOf } from "#lib/pki/certificate.ts";
import { isIssuedBy } from "#lib/pki/chain.ts";
import { describeKey, isStrongKey } from "#lib/pki/key-facts.ts";
import { clientAuth, serverAuth } from "#lib/pki/purpose.ts";
import type { PemText } from "#lib/site/pem-text.ts";
import { error, type Problem, warning } from "#lib/site/problem.ts";
import { judgePublicTrust } from "#lib/site/public-trust.ts";
import { blockOf, isInDate, judgeDates } from "#lib/site/validity.ts";

type Purpose = { vouchesFor: "clients" | "origins" };

const purposes = {
  clients: { oid: clientAuth, name: "client" },
  origins: { oid: serverAuth, name: "server" },
};

/**
 * Every problem of a text that should hold trusted CAs and nothing else. An intermediate without its root is a trust anchor
 * in its own right (RFC 5280 §6.1.1 lets any CA be one): what it issued is accepted, what else its root issued is not. Like
 * a root's, an anchor's own signature is not judged, for nothing is concluded from it.
 */
export function judgeAuthorities(
  path: string,
  { certificates, keyBlocks, mentionsKey, problems: found }: PemText,
  now: Date,
  purpose: Purpose,
) {
  const problems = [...found];
  if (keyBlocks.length > 0 || mentionsKey) problems.push(privateKey(path, keyBlocks[0]?.number));
  for (const certificate of certificates)
    problems.push(...judgeAuthority(path, certificate, certificates, purpose), ...judgeDates(path, "ca", certificate, now));
  if (purpose.vouchesFor === "clients") problems.push(...judgePublicTrust(path, certificates));
  if (certificates.length > 0 && !certificates.some((certificate) => isInDate(certificate, now))) problems.push(allExpired(path, purpose));
  return problems;
}

function judgeAuthority(path: string, certificate: Certificate, present: readonly Certificate[], purpose: Purpose): Problem[] {
  const name = nameOf(certificate);
  const refused = (code: string, message: string) => [{ ...error(path, code, message), ...blockOf(certificate) }];
  if (!certificate.isCa) {
    // OpenSSL takes a self-signed server certificate in `ca` as its own anchor: how origins without a CA are trusted.
    const isPinned = purpose.vouchesFor === "origins" && certificate.isSelfIssued;
    if (!isPinned) return refused("ca.not-a-ca", notAnAuthority(certificate, present));
  } else if (certificate.keyUsage && !certificate.keyUsage.includes("keyCertSign"))
    return refused(
      "ca.no-cert-sign",
      `“${name}” is a CA whose key usage does not allow it to sign certificates. Paste the CA that signs them.`,
    );
  const { oid, name: kind } = purposes[purpose.vouchesFor];
  if (certificate.isCa && certificate.extendedKeyUsage && !certificate.extendedKeyUsage.includes(oid))
    return refused(
      "ca.wrong-purpose",
      `“${name}” is limited to other purposes and may not vouch for ${kind} certificates. Paste a CA that may.`,
    );
  if (!isStrongKey(certificate.key))
    return refused(
      "ca.weak-key",
      `“${name}” has a key of ${describeKey(certificate.key)}, which is not strong enough to be trusted, or too large to be used. Use a CA with RSA of 2048 to 8192 bits, P-256 or larger, or Ed25519.`,
    );
  return [];
}

function notAnAuthority(certificate: Certificate, present: readonly Certificate[]): string {
  const name = nameOf(certificate);
  if (certificate.isSelfIssued)
    return `“${name}” is self-signed and has no right to issue certificates. Paste the certificate of the CA that issues them.`;
  const issuer = `The CA that issued it is “${issuerNameOf(certificate)}”`;
  const namesakes = present.filter(({ isCa, subject }) => isCa && subject === certificate.issuer);
  const isHere = namesakes.slice(0, mostNamesakes).some((other) => isIssuedBy(certificate, other));
  const next = isHere ? ", which is here already: remove this certificate alone." : ": paste that CA’s certificate instead.";
  return `“${name}” is ${kindOf(certificate)}. ${issuer}${next}`;
}

/** Of a CA and its renewals so many are tried: a text can hold thousands of pairs, and each costs a signature. */
const mostNamesakes = 4;

function kindOf({ extendedKeyUsage }: Certificate): string {
  const [isServer, isClient] = [extendedKeyUsage?.includes(serverAuth), extendedKeyUsage?.includes(clientAuth)];
  if (isServer === isClient) return "not a CA";
  return `a ${isServer ? "server" : "client"} certificate, not a CA`;
}

function privateKey(path: string, block: number | undefined): Problem {
  const message =
    "This is a private key: it does not belong here, where only certificates do, and it has now been in your clipboard. Remove it. Whoever sent it should consider it exposed: have a new key and certificate made and the old ones revoked.";
  return { ...error(path, "ca.private-key", message), ...(block === undefined ? {} : { block }) };
}

function allExpired(path: string, purpose: Purpose): Problem {
  const consequence = purpose.vouchesFor === "clients" ? "no client’s certificate is accepted" : "no origin can be verified";
  return warning(
    path,
    "ca.all-expired",
    `None of these CAs is valid today (each has expired or is yet to come), so ${consequence}. Add a CA that is.`,
  );
}
