import { type PrivateKey, readPrivateKey } from "#lib/pki/private-key.ts";
import { at, readPemText } from "#lib/site/pem-text.ts";
import { error, hasErrors, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import type { KeyField } from "#lib/site/schema.ts";

/** Pasted credentials taken apart: certificates as PEM in the order of the text, with the numbers of their blocks there. */
export type PastedCredentials = { certificates: string; certificateBlocks: number[]; key: PrivateKey };

/** Takes the one private key out of pasted text; what cannot be taken apart cleanly must not be stored, so it is refused. */
export function readPastedCredentials(field: KeyField, text: string): Result<PastedCredentials> {
  const { certificates, keyBlocks, problems } = readPemText(field, text);
  const readings = keyBlocks.map(readPrivateKey);
  const keys = readings.flatMap((reading) => ("key" in reading ? [reading.key] : []));
  for (const reading of readings) if ("finding" in reading) problems.push(...at(field, [reading.finding]));
  if (keyBlocks.length > 1) problems.push(several(field, keyBlocks.length, keyBlocks[1]?.number));
  if (!hasErrors(problems) && keys.length === 0) problems.push(noKey(field));
  if (!hasErrors(problems) && certificates.length === 0) problems.push(noCertificate(field));
  const [key] = keys;
  if (hasErrors(problems) || !key) return refuse(...problems);
  return ok({
    certificates: certificates.map((certificate) => certificate.pem).join(""),
    certificateBlocks: certificates.map((certificate) => certificate.block ?? 0),
    key,
  });
}

function noKey(field: KeyField): Problem {
  return error(
    field,
    "key.missing",
    "There is no private key here. Paste the private key of the certificate together with it, in any order.",
  );
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
