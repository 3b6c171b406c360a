import { createPrivateKey, X509Certificate } from "node:crypto";
import fc from "fast-check";
import { mutatedPems } from "#e2e/fuzz/mutated-pem.ts";
import { recordedPem } from "#e2e/fuzz/recorded.ts";
import { count, type Tally } from "#e2e/fuzz/tally.ts";
import { readCertificate } from "#lib/pki/certificate.ts";
import { opensslOutput } from "#lib/pki/openssl-output.fixture.ts";
import { readPem } from "#lib/pki/pem.ts";
import { mentionsPrivateKey } from "#lib/pki/pem-lines.ts";
import { readPrivateKey } from "#lib/pki/private-key.ts";
import { judgeAuthorities } from "#lib/site/authorities.ts";
import { readPastedCredentials } from "#lib/site/pasted-credentials.ts";
import { readPemText, soften } from "#lib/site/pem-text.ts";

const seed = 20_261_123;
const passphrase = "x";
const now = new Date("2026-12-01");

/** Nothing throws, messages are sentences, blocks come in their order, and a stray line is an error wherever it stands. */
export function checkReadings(numRuns: number): Tally {
  const tally: Tally = {};
  const rule = fc.property(mutatedPems(texts), fc.nat(100), (text, at) => {
    const { blocks, findings } = readPem(text);
    for (const { message } of findings) check(message.length > 20 && message.length < 400, `says “${message}”`);
    check(isAscending(blocks.map(({ number }) => number)), "blocks are out of order");
    check(hasErrors(readPem(withStrayLine(text, at)).findings), "passes over a stray line");
    mentionsPrivateKey(text);
    count(tally, hasErrors(findings) ? "refused" : "whole");
  });
  fc.assert(rule, { seed, numRuns });
  return tally;
}

/**
 * Certificates and keys are the ones that Node reads from the same place, and a text from which Node reads a private key
 * is never said to have none and never stored for all to see.
 */
export function checkAgainstNode(numRuns: number): Tally {
  const tally: Tally = {};
  const rule = fc.property(mutatedPems(texts), (text) => {
    const { blocks, findings } = readPem(text);
    if (!hasErrors(findings)) comparePlaces(text, blocks);
    const hasKey = compareKey(text);
    count(tally, `${hasErrors(findings) ? "refused" : "whole"}${hasKey ? " with a key" : ""}`);
  });
  fc.assert(rule, { seed, numRuns });
  return tally;
}

const { authority, certificate, key, sec1Key, encryptedKey, encryptedSec1Key, ed25519Key } = recordedPem;
const texts = [
  certificate + key,
  authority + certificate,
  key + certificate + authority,
  sec1Key + certificate,
  encryptedSec1Key,
  ed25519Key + encryptedKey,
  opensslOutput.keyWithParameters + authority,
  opensslOutput.pkcs12Text,
  `Bag Attributes\n    friendlyName: x\n${authority}# a note\n${certificate}`,
];

/** Without an error blocks are numbered as their BEGIN lines stand, and Node given the text from one to the next reads the same. */
function comparePlaces(text: string, blocks: ReturnType<typeof readPem>["blocks"]): void {
  const starts = Array.from(text.matchAll(/-----BEGIN /g), (match) => match.index).filter((at) => !isComment(text, at));
  for (const block of blocks) {
    const rest = text.slice(starts[block.number - 1], starts[block.number]);
    if (block.label === "CERTIFICATE") {
      const ours = readCertificate(block);
      const theirs = attempt(() => new X509Certificate(rest));
      if ("certificate" in ours && theirs)
        check(ours.certificate.der.equals(theirs.raw), `reads another certificate in block ${block.number}`);
    } else {
      const ours = readPrivateKey(block);
      const theirs = attempt(() => createPrivateKey(rest));
      if ("key" in ours && theirs)
        check(ours.key.pkcs8.equals(theirs.export({ type: "pkcs8", format: "der" })), `reads another key in block ${block.number}`);
    }
  }
}

/** Answers whether Node reads a private key; then no field may say that there is none, and none that is shown may keep it. */
function compareKey(text: string): boolean {
  const pasted = readPastedCredentials("sslCredentials", text);
  const field = "downstreamMtlsCredentials";
  const trust = soften(judgeAuthorities(field, readPemText(field, text), now, { vouchesFor: "clients" }));
  if (pasted.ok) check(!/KEY/.test(pasted.value.certificates), "keeps a key among the certificates");
  if (attempt(() => createPrivateKey({ key: text, passphrase })) === null) return false;
  check(pasted.ok || !pasted.problems.some(({ code }) => code === "key.missing"), "says that there is no key");
  check(hasErrors(trust), "would store a private key among trusted CAs");
  return true;
}

function withStrayLine(text: string, at: number): string {
  const lines = text.split("\n");
  return lines.toSpliced(at % (lines.length + 1), 0, "!stray").join("\n");
}

function isComment(text: string, at: number): boolean {
  return (
    text
      .slice(0, at)
      .split(/[\r\n]/)
      .at(-1)
      ?.trimStart()
      .startsWith("#") ?? false
  );
}

function isAscending(numbers: number[]): boolean {
  return numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0));
}

function hasErrors(findings: readonly { severity: string }[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function check(holds: boolean, fault: string): void {
  if (!holds) throw new Error(fault);
}
