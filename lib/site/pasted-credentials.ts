import type { Certificate } from "#lib/pki/certificate.ts";
import { type PrivateKey, readPrivateKey } from "#lib/pki/private-key.ts";
import { at, type PemText, readPemText } from "#lib/site/pem-text.ts";
import { error, hasErrors, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import type { KeyField } from "#lib/site/schema.ts";

/** Pasted credentials taken apart: certificates as PEM in the order of the text, with the numbers of their blocks there. */
export type PastedCredentials = { certificates: string; certificateBlocks: number[]; key: PrivateKey };

/** Takes the one private key out of pasted text; what cannot be taken apart cleanly must not be stored, so it is refused. */
export function readPastedCredentials(field: KeyField, text: string): Result<PastedCredentials> {
  return takeApart(field, readPemText(field, text));
}

/** The same of text that was read already. */
export function takeApart(field: KeyField, { certificates, keyBlocks, problems: found }: PemText): Result<PastedCredentials> {
  const problems = [...found];
  const readings = keyBlocks.slice(0, mostKeysRead).map(readPrivateKey);
  const keys = readings.flatMap((reading) => ("key" in reading ? [reading.key] : []));
  for (const reading of readings) if ("finding" in reading) problems.push(...at(field, [reading.finding]));
  if (keyBlocks.length > 1) problems.push(several(field, keyBlocks.length, keyBlocks[1]?.number));
  if (!hasErrors(problems) && keys.length === 0) problems.push(noKey(field, certificates));
  if (!hasErrors(problems) && certificates.length === 0) problems.push(noCertificate(field));
  const [key] = keys;
  if (hasErrors(problems) || !key) return refuse(...problems);
  return ok({
    certificates: certificates.map((certificate) => certificate.pem).join(""),
    certificateBlocks: certificates.map((certificate) => certificate.block ?? 0),
    key,
  });
}

/** One is right; each one is tried with a signature, and of hundreds nobody needs to hear more than that they are too many. */
export const mostKeysRead = 5;

function noKey(field: KeyField, certificates: readonly Certificate[]): Problem {
  const areCas = certificates.length > 0 && certificates.every((certificate) => certificate.isCa);
  const message = areCas
    ? `There is no private key here, only ${certificates.length === 1 ? "the certificate of a CA" : "certificates of CAs"}. CAs whose clients may connect belong under Downstream mTLS Credentials, CAs of the origin under Origin CA Certificates; paste a certificate and its private key here.`
    : "There is no private key here. Paste the private key of the certificate together with it, in any order.";
  return error(field, "key.missing", message);
}

function noCertificate(field: KeyField): Problem {
  return error(
    field,
    "credentials.no-certificate",
    "There is no certificate here. Paste the certificate that belongs to the private key together with it.",
  );
}

function several(field: KeyField, count: number, block: number | undefined): Problem {
  const message = `There are ${count} private keys here. Keep the one that belongs to the certificate and remove the others.`;
  return { ...error(field, "key.several", message), ...(block === undefined ? {} : { block }) };
}
