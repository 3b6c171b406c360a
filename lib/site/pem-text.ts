import { type Certificate, readCertificate } from "#lib/pki/certificate.ts";
import type { Finding } from "#lib/pki/finding.ts";
import { secretCodes } from "#lib/pki/foreign-text.ts";
import type { Pace } from "#lib/pki/pace.ts";
import { type PemBlock, readPem } from "#lib/pki/pem.ts";
import { mentionsPrivateKey } from "#lib/pki/pem-lines.ts";
import type { Problem } from "#lib/site/problem.ts";

/**
 * What one PEM field holds: its certificates in the order of the text, the blocks of its private keys, unread, and
 * whether a private key was meant to be in it, however broken.
 */
export type PemText = { certificates: Certificate[]; keyBlocks: PemBlock[]; mentionsKey: boolean; problems: Problem[] };

/** Reads the text of the field at `path`; whatever cannot be read is a problem there. */
export function readPemText(path: string, text: string): PemText {
  const { blocks, read } = openPemText(path, text);
  for (const block of blocks) addCertificate(read, path, readCertificate(block));
  return read;
}

/** The same in slices: each certificate takes about a millisecond, and a field has room for hundreds. */
export function readPemTextInSlices(path: string, text: string, pace: Pace): Promise<PemText> {
  return readInSlices(path, text, pace, true);
}

/** The same for text that is only looked at: none of its certificates is remembered. */
export function skimPemText(path: string, text: string, pace: Pace): Promise<PemText> {
  return readInSlices(path, text, pace, false);
}

async function readInSlices(path: string, text: string, pace: Pace, isKept: boolean): Promise<PemText> {
  const { blocks, read } = openPemText(path, text);
  for (const block of blocks) {
    await pace.rest();
    addCertificate(read, path, readCertificate(block, { isKept }));
  }
  await pace.rest();
  return read;
}

function openPemText(path: string, text: string): { blocks: PemBlock[]; read: PemText } {
  const { blocks, findings } = readPem(text);
  const keyBlocks = blocks.filter((block) => block.label !== "CERTIFICATE");
  const read = { certificates: [], keyBlocks, mentionsKey: mentionsPrivateKey(text), problems: at(path, findings) };
  return { blocks: blocks.filter((block) => block.label === "CERTIFICATE"), read };
}

function addCertificate(read: PemText, path: string, reading: ReturnType<typeof readCertificate>): void {
  if ("certificate" in reading) read.certificates.push(reading.certificate);
  else read.problems.push(...at(path, [reading.finding]));
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
