import { type Certificate, issuerNameOf } from "#lib/pki/certificate.ts";
import { isIssuedBy, orderChain } from "#lib/pki/chain.ts";
import { isSignedBy } from "#lib/pki/issued.ts";
import { type Explanation, explain, type Occurrence, quote, quoteAll, quoteName } from "#lib/site/explanation.ts";

/** Why no CA of the site vouches for a certificate: the way up from it is followed as far as it was sent. */
export function explainUntrusted(occurrence: Occurrence): Explanation {
  const { leaf, chain, authorities } = occurrence;
  if (leaf === null) return withoutAuthorities();
  const way = orderChain(leaf, chain).chain;
  const last = way.at(-1) ?? leaf;
  const added = authorities.find((authority) =>
    way.some((step) => step.fingerprint === authority.fingerprint || isIssuedBy(step, authority)),
  );
  if (added) return addedSince(leaf, added);
  if (authorities.length === 0) return withoutAuthorities();
  const namesake = authorities.find((authority) => isNamedAfter(last, authority));
  if (namesake) return isSignedBy(last.x509, namesake.x509) ? otherKeyIdentifier(last, namesake) : anotherKey(last, namesake);
  if (isRoot(last)) return foreignRoot(leaf, last, authorities);
  const mismatched = chain.find((sent) => !way.includes(sent) && isNamedAfter(last, sent));
  return mismatched ? wrongIntermediate(last, mismatched) : missingIssuer(way, authorities);
}

/** Nobody but its own key vouches for the certificate. */
export function explainSelfSigned({ leaf, authorities }: Occurrence): Explanation {
  if (leaf === null) return withoutAuthorities();
  const namesake = authorities.find((authority) => isNamedAfter(leaf, authority));
  if (namesake && namesake.fingerprint !== leaf.fingerprint) return anotherKey(leaf, namesake);
  if (leaf.isCa)
    return explain(
      "ca-presented",
      "partner",
      `The client presented the certificate of a CA, ${quote(leaf)}, in place of one that this CA has issued.`,
      `The client’s owner sets the client’s own certificate. ${trustAdvice(leaf)}`,
    );
  return explain(
    "self-signed",
    "partner",
    `${quote(leaf)} is signed by itself: no CA vouches for it, and anybody can make one like it.`,
    `The client’s owner asks for a certificate${authorities.length > 0 ? ` from ${quoteAll(authorities)}` : " from a CA that you trust"}. You cannot admit this one by adding it to Downstream mTLS Credentials: only CAs belong there.`,
  );
}

function addedSince(leaf: Certificate, authority: Certificate): Explanation {
  return explain(
    "ca-added-since",
    "nobody",
    `Today ${quote(authority)}, one of this site’s CAs, vouches for ${quote(leaf)}; when this happened it did not.`,
    "The client’s owner tries again; it should be accepted now.",
  );
}

function withoutAuthorities(): Explanation {
  return explain(
    "no-cas",
    "you",
    "This site has no CA today that could be compared with, so why no CA vouched for the certificate cannot be told.",
    "You look at the tab History for the CAs that the site had at the time.",
  );
}

function anotherKey(certificate: Certificate, authority: Certificate): Explanation {
  const isOwn = certificate.isSelfIssued;
  const sentence = isOwn
    ? `The client showed a CA named ${quote(authority)}, and this site has a CA of that name with another key.`
    : `${quote(certificate)} names ${quote(authority)} as its issuer. This site has a CA of that name, but another key made the signature.`;
  return explain(
    "ca-reissued",
    "unclear",
    `${sentence} Either the CA was issued anew with a new key, or somebody else uses its name; which cannot be told from here.`,
    `You ask the CA’s operator, by another way than this connection, whether there is a new certificate of ${quote(authority)}. If so, add it beside the old one under Downstream mTLS Credentials. If not, this was an attempt to get in under a false name: stay as you are.`,
  );
}

function otherKeyIdentifier(certificate: Certificate, authority: Certificate): Explanation {
  return explain(
    "ca-identifier",
    "you",
    `The key of ${quote(authority)} signed ${quote(certificate)}, which names another certificate of this CA (key identifier or serial number) than the one that this site has.`,
    `You ask the CA’s operator for the certificate of ${quote(authority)} that is used now, and add it under Downstream mTLS Credentials.`,
  );
}

function foreignRoot(leaf: Certificate, root: Certificate, authorities: readonly Certificate[]): Explanation {
  return explain(
    "ca-unknown",
    "unclear",
    `${quote(leaf)} was issued under ${quote(root)}, which is none of this site’s CAs.`,
    `The client’s owner uses a certificate from ${quoteAll(authorities)}. ${trustAdvice(root)}`,
  );
}

function wrongIntermediate(certificate: Certificate, sent: Certificate): Explanation {
  return explain(
    "intermediate-wrong",
    "partner",
    `The client sent ${quote(sent)} along, but with another key than the one that signed ${quote(certificate)}.`,
    `The client’s owner puts the ${quote(sent)} that issued the certificate behind it, in the same file; the CA’s operator has it.`,
  );
}

/** From the leaf alone an intermediate that was not sent looks like any other CA. */
function missingIssuer(way: readonly Certificate[], authorities: readonly Certificate[]): Explanation {
  const last = way.at(-1);
  if (last === undefined) return withoutAuthorities();
  const wanted = quoteName(issuerNameOf(last));
  const sent = way.length > 1 ? `The client sent ${quote(last)} along. ` : "";
  return explain(
    "issuer-missing",
    "unclear",
    `${sent}${quote(last)} was issued by ${wanted}, which the client did not send and which is none of this site’s CAs. Whether ${wanted} stands under one of them cannot be told from here.`,
    `The client’s owner asks the CA what ${wanted} is. If it is an intermediate under ${quoteAll(authorities)}, the client must send it: it goes behind the certificate, in the same file. If it is another CA, the client needs another certificate, or you add ${wanted} under Downstream mTLS Credentials, which admits everybody that it issued certificates to.`,
  );
}

function trustAdvice(authority: Certificate): string {
  return `If you want to admit everybody whom ${quote(authority)} issues certificates to, you get its certificate from its operator, by another way than this connection, and add it under Downstream mTLS Credentials.`;
}

function isNamedAfter(certificate: Certificate, issuer: Certificate): boolean {
  return certificate.x509.issuer === issuer.x509.subject && issuer.x509.subject !== undefined;
}

function isRoot(certificate: Certificate): boolean {
  return certificate.isSelfIssued && isSignedBy(certificate.x509, certificate.x509);
}
