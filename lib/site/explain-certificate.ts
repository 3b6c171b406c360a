import { type Certificate, issuerNameOf } from "#lib/pki/certificate.ts";
import { orderChain } from "#lib/pki/chain.ts";
import { describeKey, isStrongKey } from "#lib/pki/key-facts.ts";
import { isWeakSignature } from "#lib/pki/signature.ts";
import { distance, type Explanation, explain, type Occurrence, quote, quoteAll, quoteName } from "#lib/site/explanation.ts";

const clientAuth = "1.3.6.1.5.5.7.3.2";
const serverAuth = "1.3.6.1.5.5.7.3.1";
const anyPurpose = "2.5.29.37.0";

/** The clock of one machine may be so much ahead of the other's before it is something else. */
const skewMs = 86_400_000;

/** Expired, or not valid yet: OpenSSL does not say which certificate of the chain. */
export function explainTime(occurrence: Occurrence): Explanation {
  const { leaf, chain, authorities, now, at = now } = occurrence;
  const isLate = occurrence.verdict === "CLIENT_CERT_EXPIRED";
  const isOff = (certificate: Certificate) => (isLate ? at > certificate.notAfter : at < certificate.notBefore);
  const above = leaf === null ? [] : orderChain(leaf, [...chain, ...authorities]).chain.slice(1);
  const off = leaf && isOff(leaf) ? leaf : above.find(isOff);
  if (leaf === null || off === undefined)
    return unknownOf(isLate ? "expired" : "not-yet-valid", isLate ? "has expired" : "is not valid yet");
  if (!isLate) return explainEarly(off, at, now);
  const ago = `expired ${distance(now, off.notAfter)} ago`;
  if (off === leaf)
    return explain(
      "expired",
      "partner",
      `${quote(leaf)} ${ago}.`,
      `The client’s owner has it renewed by ${quoteName(issuerNameOf(leaf))} and installs the new one. As long as the same CA does it, you change nothing here.`,
    );
  if (authorities.some(({ fingerprint }) => fingerprint === off.fingerprint))
    return explain(
      "ca-expired",
      "you",
      `${quote(leaf)} is in date, but ${quote(off)}, one of this site’s CAs, ${ago}: everybody whom it issued certificates to is refused.`,
      `You get the renewed certificate of ${quote(off)} from its operator and put it in place of the old one under Downstream mTLS Credentials.`,
    );
  return explain(
    "intermediate-expired",
    "partner",
    `${quote(leaf)} is in date, but ${quote(off)} above it, which the client sent along, ${ago}.`,
    `The client’s owner gets the renewed ${quote(off)}, or a certificate from its successor, and installs both in one file.`,
  );
}

function explainEarly(off: Certificate, at: Date, now: Date): Explanation {
  const early = off.notBefore.getTime() - at.getTime();
  const since = now >= off.notBefore ? " It is valid now: the client’s owner tries again." : "";
  if (early <= skewMs)
    return explain(
      "clock",
      "unclear",
      `This happened ${distance(at, off.notBefore)} before ${quote(off)} becomes valid: very likely a clock is wrong, or a time zone was mixed up.`,
      `You check the clock of this machine; the client’s owner has the CA check the clock that it issues by.${since}`,
    );
  return explain(
    "not-yet-valid",
    "partner",
    `${quote(off)} is not valid before ${off.notBefore.toISOString().slice(0, 10)}, which was ${distance(at, off.notBefore)} away.`,
    `The client’s owner uses the certificate before it until then.${since || " If the date is a surprise, the CA made it wrong, or you check the clock of this machine."}`,
  );
}

/** A certificate that is good for something else than a client. */
export function explainPurpose({ leaf, chain }: Occurrence): Explanation {
  const off = leaf && !isForClients(leaf) ? leaf : chain.find((issuer) => !isForClients(issuer));
  if (leaf === null) return unknownOf("wrong-purpose", "is not meant for clients");
  const issuer = quoteName(issuerNameOf(leaf));
  if (off !== undefined && off !== leaf)
    return explain(
      "ca-wrong-purpose",
      "partner",
      `${quote(off)} above ${quote(leaf)} is limited to other purposes and may not vouch for clients.`,
      "The client’s owner asks for a certificate from a CA that may issue certificates for clients.",
    );
  if (off === leaf)
    return explain(
      "wrong-purpose",
      "partner",
      `${quote(leaf)} is ${purposeOf(leaf.extendedKeyUsage ?? [])}, not for clients (it lacks the purpose clientAuth).`,
      `The client’s owner asks ${issuer} for a certificate with the extended key usage clientAuth. Public CAs stopped issuing those in 2026; a private CA can.`,
    );
  if (leaf.isCa)
    return explain(
      "ca-presented",
      "partner",
      `The client presented the certificate of a CA, ${quote(leaf)}, in place of its own.`,
      "The client’s owner sets the certificate that was issued for the client.",
    );
  if (leaf.keyUsage && !leaf.keyUsage.includes("digitalSignature") && !leaf.keyUsage.includes("keyAgreement"))
    return explain(
      "no-signing",
      "partner",
      `The key usage of ${quote(leaf)} does not allow the signature by which a client proves who it is.`,
      `The client’s owner asks ${issuer} for a certificate with the key usage digitalSignature.`,
    );
  return unknownOf("wrong-purpose", "is not meant for clients");
}

/** A key or a signature that could be forged; an anchor's own signature is not judged. */
export function explainWeakness({ leaf, chain }: Occurrence): Explanation {
  const weak = [leaf, ...chain].find((one) => one && (!isStrongKey(one.key) || isWeakSignature(one.signatureAlgorithm)));
  if (!leaf || !weak) return unknownOf("weak", "has a key or a signature that is too weak");
  const what = isStrongKey(weak.key) ? `is signed with ${weak.signatureAlgorithm}` : `has a key of ${describeKey(weak.key)}`;
  const where = weak === leaf ? quote(leaf) : `${quote(weak)} above ${quote(leaf)}`;
  return explain(
    "weak",
    "partner",
    `${where} ${what}, which is too weak: others could forge it.`,
    `The client’s owner has ${weak === leaf ? "it" : "the certificate and the CA above it"} issued anew with a new key (RSA of 2048 bits or more, or P-256) and SHA-256.`,
  );
}

/** More CAs than one of them, or OpenSSL, allows. */
export function explainChainLength({ leaf, chain, authorities }: Occurrence): Explanation {
  const way = leaf === null ? [] : orderChain(leaf, [...chain, ...authorities]).chain.slice(1);
  const limiting = way.find(({ pathLength }, below) => pathLength !== undefined && below > pathLength);
  if (leaf === null || limiting === undefined)
    return explain(
      "chain-too-long",
      "partner",
      "There are more CAs above the client’s certificate than are allowed.",
      "The client’s owner sends only the CAs that lead from the certificate to one of this site’s CAs. If these are too many, the CA’s operator issues the certificate closer to the root.",
    );
  const allowed = limiting.pathLength === 1 ? "one CA" : `${limiting.pathLength || "no"} CAs`;
  return explain(
    "chain-too-long",
    "partner",
    `${quote(limiting)} allows ${allowed} below it, and between it and ${quote(leaf)} stand more: ${quoteAll(way.slice(0, way.indexOf(limiting)))}.`,
    `The client’s owner asks for a certificate from a CA that ${quote(limiting)} allows, which the operator of that CA can name.`,
  );
}

/** It leads to a CA of the site and breaks another rule; Node tells few of OpenSSL's reasons apart. */
export function explainInvalid({ leaf, chain, code }: Occurrence): Explanation {
  if (code === "REUSED")
    return explain(
      "resumed",
      "partner",
      "The client resumed an earlier TLS session in place of proving anew who it is. A resumed session shows what was true then, not now, so it is refused.",
      "The client’s owner lets it connect anew; this site offers no session to resume, so a client that does this is set wrong or no honest one.",
    );
  const notCa = chain.find((issuer) => !issuer.isCa || (issuer.keyUsage && !issuer.keyUsage.includes("keyCertSign")));
  if (leaf && notCa)
    return explain(
      "issuer-not-a-ca",
      "partner",
      `${quote(notCa)} signed ${quote(leaf)} and has no right to: it is no CA.`,
      "The client’s owner asks a CA for a certificate. If they have not made this certificate themselves, somebody has got hold of the key of the one above it: have that one revoked.",
    );
  return explain(
    "invalid",
    "partner",
    `${leaf ? quote(leaf) : "The client’s certificate"} leads to one of this site’s CAs and breaks another rule (an extension that is not known, or a name that its CA may not vouch for). Which one cannot be told from here${code ? `: OpenSSL said ${code}` : ""}.`,
    "The client’s owner checks it with: openssl verify -purpose sslclient -CAfile ca.pem -untrusted chain.pem client.pem. It names the rule; then the CA issues the certificate anew.",
  );
}

function unknownOf(kind: string, what: string): Explanation {
  return explain(
    kind,
    "partner",
    `The client’s certificate, or a CA above it, ${what}. Which of them cannot be told from what is known here.`,
    "The client’s owner looks at each certificate of the chain: openssl x509 -noout -subject -issuer -dates -purpose -in FILE.",
  );
}

function isForClients({ extendedKeyUsage }: Certificate): boolean {
  return extendedKeyUsage === null || extendedKeyUsage.includes(clientAuth);
}

function purposeOf(usages: readonly string[]): string {
  if (usages.includes(serverAuth)) return "a certificate for servers";
  return usages.includes(anyPurpose) ? "a certificate for any purpose" : "a certificate for another purpose";
}
