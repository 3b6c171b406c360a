import { type Certificate, issuerNameOf, nameOf } from "#lib/pki/certificate.ts";
import { type OrderedChain, orderChain } from "#lib/pki/chain.ts";
import { describeKey, isStrongKey } from "#lib/pki/key-facts.ts";
import { isWeakSignature } from "#lib/pki/signature.ts";
import type { PemText } from "#lib/site/pem-text.ts";
import { error, type Problem, warning } from "#lib/site/problem.ts";
import type { KeyField, StoredCredentials } from "#lib/site/schema.ts";
import { blockOf, judgeDates } from "#lib/site/validity.ts";

/** Credentials put in order: the certificates to send, leaf first and without the root, and the key's public half (SPKI, DER). */
export type Credentials = { leaf: Certificate; certificates: Certificate[]; certificateChain: string; publicKey: Buffer };

/** What holds for both kinds of credentials: the leaf is the certificate of the key, its chain leads upwards, all is strong and in date. */
export function readCredentials(
  path: KeyField,
  { certificates, keyBlocks, problems: found }: PemText,
  { publicKey }: Pick<StoredCredentials, "publicKey">,
  now: Date,
): { credentials: Credentials | null; problems: Problem[] } {
  const misplaced = error(path, "key.misplaced", "A private key stands among the certificates. Paste the credentials again.");
  const problems = keyBlocks.length > 0 ? [...found, misplaced] : found;
  return judgeCredentials(path, { certificates, problems }, Buffer.from(publicKey, "base64"), now);
}

/** The same of certificates that were read already; `publicKey` is the key's public half (SPKI, DER). */
export function judgeCredentials(
  path: KeyField,
  { certificates, problems: found }: Pick<PemText, "certificates" | "problems">,
  publicKey: Buffer,
  now: Date,
): { credentials: Credentials | null; problems: Problem[] } {
  const problems = [...found];
  const leaf = findLeaf(certificates, publicKey);
  if (!leaf) return { credentials: null, problems: [...problems, mismatch(path, certificates)] };
  const others = certificates.filter((certificate) => certificate !== leaf);
  const ordered = orderChain(leaf, others);
  problems.push(...judgeStrength(path, ordered.chain), ...judgeChain(path, ordered), ...judgeAllDates(path, ordered.chain, now));
  const sent = ordered.chain.filter((certificate, index) => index === 0 || !certificate.isSelfIssued);
  return { credentials: { leaf, certificates: sent, certificateChain: sent.map((one) => one.pem).join(""), publicKey }, problems };
}

/** Of several certificates for one key (a renewal beside its predecessor) the one that lasts longest. */
function findLeaf(certificates: Certificate[], publicKey: Buffer): Certificate | undefined {
  return certificates
    .filter((certificate) => certificate.spki.equals(publicKey))
    .toSorted((a, b) => Number(a.isCa) - Number(b.isCa) || b.notAfter.getTime() - a.notAfter.getTime())[0];
}

function mismatch(path: KeyField, certificates: Certificate[]): Problem {
  if (certificates.length === 0)
    return error(
      path,
      "credentials.no-certificate",
      "There is no certificate here. Paste the certificate that belongs to the private key.",
    );
  const names = certificates.slice(0, 3).map((certificate) => `“${nameOf(certificate)}”`);
  const more = certificates.length > 3 ? ` and ${certificates.length - 3} more` : "";
  return error(
    path,
    "key.mismatch",
    `The private key belongs to none of these certificates (${names.join(", ")}${more}). Paste the key that was made for the certificate, or the certificate that was issued for the key.`,
  );
}

function judgeStrength(path: KeyField, chain: Certificate[]): Problem[] {
  const problems: Problem[] = [];
  for (const [index, certificate] of chain.entries()) {
    const prefix = index === 0 ? "certificate" : "chain";
    const name = nameOf(certificate);
    if (!isStrongKey(certificate.key)) {
      const message = `“${name}” has a key of ${describeKey(certificate.key)}, which clients refuse. Use RSA of 2048 to 8192 bits, P-256 or larger, or Ed25519.`;
      problems.push({ ...error(path, `${prefix}.weak-key`, message), ...blockOf(certificate) });
    }
    // A self-signed certificate is trusted by being known, not by its signature.
    if (!certificate.isSelfIssued && isWeakSignature(certificate.signatureAlgorithm)) {
      const message = `“${name}” is signed with ${certificate.signatureAlgorithm}, which can be forged and is refused. Have it issued again with SHA-256.`;
      problems.push({ ...error(path, `${prefix}.weak-signature`, message), ...blockOf(certificate) });
    }
  }
  return problems;
}

function judgeAllDates(path: KeyField, chain: Certificate[], now: Date): Problem[] {
  return chain.flatMap((certificate, index) => {
    const isUnsentRoot = index > 0 && certificate.isSelfIssued;
    return isUnsentRoot ? [] : judgeDates(path, index === 0 ? "certificate" : "chain", certificate, now);
  });
}

function judgeChain(path: KeyField, { chain, unused, gap }: OrderedChain): Problem[] {
  const problems = unused.map((certificate) => ({
    ...warning(
      path,
      "chain.unused",
      `“${nameOf(certificate)}” is no part of this certificate’s chain and will not be sent. Remove it if it is here by mistake.`,
    ),
    ...blockOf(certificate),
  }));
  if (!gap) return problems;
  const { after } = gap;
  // An origin that asks for client certificates mostly holds their very issuer; a visitor's browser holds roots only.
  const isMissing = unused.some((certificate) => certificate.isCa) || (chain.length === 1 && path === "sslCredentials");
  if (!isMissing) return problems;
  const message = `“${nameOf(after)}” was issued by “${issuerNameOf(after)}”, whose certificate is not here. Add it if it is an intermediate CA: without it the other side may refuse the certificate.`;
  return [...problems, { ...warning(path, "chain.incomplete", message), ...blockOf(after) }];
}
