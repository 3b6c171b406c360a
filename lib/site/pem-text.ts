import { type Certificate, readCertificate } from "#lib/pki/certificate.ts";
import type { Finding } from "#lib/pki/finding.ts";
import { secretCodes } from "#lib/pki/foreign-text.ts";
import { type PemBlock, readPem } from "#lib/pki/pem.ts";
import type { Problem } from "#lib/site/problem.ts";

/** What one PEM field holds: its certificates in the order of the text, the blocks of its private keys, unread. */
export type PemText = { certificates: Certificate[]; keyBlocks: PemBlock[]; problems: Problem[] };

/** Reads the text of the field at `path`; whatever cannot be read is a problem there. */
export function readPemText(path: string, text: string): PemText {
  const { blocks, findings } = readPem(text);
  const certificates: Certificate[] = [];
  const problems = at(path, findings);
  for (const block of blocks.filter((one) => one.label === "CERTIFICATE")) {
    const reading = readCertificate(block);
    if ("certificate" in reading) certificates.push(reading.certificate);
    else problems.push(...at(path, [reading.finding]));
  }
  return { certificates, keyBlocks: blocks.filter((block) => block.label !== "CERTIFICATE"), problems };
}

/** Findings of pasted text as problems of a field. */
export function at(path: string, findings: readonly Finding[]): Problem[] {
  return findings.map((finding) => ({ ...finding, path }));
}

/**
 * Problems of a field that is not in use: they do not stand in the way of saving, except where the text may hold a
 * private key or has no bounds, because it would be stored all the same.
 */
export function soften(problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => (neverStored.has(problem.code) ? problem : { ...problem, severity: "warning" }));
}

const neverStored = new Set([
  ...secretCodes,
  "pem.unknown-label",
  "ca.private-key",
  "certificate.private-key",
  "pem.too-large",
  "pem.too-many-blocks",
]);
