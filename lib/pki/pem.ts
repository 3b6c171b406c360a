import { isObjectIdentifier } from "#lib/pki/der.ts";
import { caution, type Finding, fault } from "#lib/pki/finding.ts";
import { recogniseForeignText, recogniseLooseLines } from "#lib/pki/foreign-text.ts";
import { foreignLabel, isCertificateLabel, isCurveLabel, isPrivateKeyLabel } from "#lib/pki/pem-label.ts";
import { linesOf } from "#lib/pki/pem-lines.ts";
import { judgePemSize } from "#lib/pki/pem-size.ts";
import { createPreludeReader } from "#lib/pki/prelude.ts";

/** One block of pasted text; `number` counts every block of the text from 1, also those that were refused. */
export type PemBlock = { number: number; label: string; der: Buffer; isEncrypted: boolean };

/** At most this many blocks in one field. */
export const mostPemBlocks = 200;

/** Of one kind of finding at most this many are told, so that a mangled file does not bury its reader. */
const mostFindingsOfACode = 10;

type Reading = { blocks: PemBlock[]; findings: Finding[] };
type Open = { number: number; label: string; line: number; body: string[] };

/**
 * Every block of `text`, strictly (RFC 7468 §2, lax only in white space): what is neither a block nor a comment nor
 * what `openssl` prints around one is an error, because Node's own readers skip it in silence. Never throws; linear.
 */
export function readPem(text: string): Reading {
  const tooLarge = judgePemSize(Buffer.byteLength(text));
  if (tooLarge) return { blocks: [], findings: [tooLarge] };
  const foreign = recogniseForeignText(text);
  if (foreign) return { blocks: [], findings: [foreign] };
  const { bodies, findings } = splitBlocks(text);
  if (bodies.length > mostPemBlocks) return { blocks: [], findings: [tooMany(bodies.length)] };
  const blocks: PemBlock[] = [];
  for (const body of bodies) {
    const block = decode(body);
    if ("finding" in block) findings.push(block.finding);
    else if (block.block) blocks.push(block.block);
  }
  return withoutDuplicates(blocks, findings);
}

function splitBlocks(text: string): { bodies: Open[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const bodies: Open[] = [];
  const prelude = createPreludeReader();
  let open: Open | null = null;
  let count = 0;
  let loose: { line: number; lines: string[] } | null = null;

  const flush = () => {
    if (loose) findings.push(recogniseLooseLines(loose.lines, loose.line));
    loose = null;
  };

  for (const [index, raw] of linesOf(text).entries()) {
    const line = raw.trim();
    const armour = readArmour(line);
    if (armour?.kind === "begin") {
      flush();
      if (open) findings.push(truncated(open));
      count += 1;
      open = { number: count, label: armour.label, line: index + 1, body: [] };
    } else if (armour?.kind === "end" && open) {
      if (armour.label === open.label) bodies.push(open);
      else findings.push(mismatched(open, armour.label));
      open = null;
      prelude.reset();
    } else if (armour?.kind === "end") {
      loose = null;
      count += 1;
      findings.push(withoutBegin(count, index + 1));
    } else if (open) {
      open.body.push(line);
    } else if (line !== "") {
      const verdict = prelude.read(raw);
      if (verdict === "accepted") continue;
      if (verdict === "commented-key") findings.push(commentedKey(index + 1));
      else if (loose) loose.lines.push(line);
      else loose = { line: index + 1, lines: [line] };
    }
  }
  flush();
  if (open) findings.push(truncated(open));
  return { bodies, findings };
}

function readArmour(line: string): { kind: "begin" | "end"; label: string } | null {
  if (!line.startsWith("-----") || !line.endsWith("-----") || line.length > 90) return null;
  const match = /^-----(BEGIN|END) ([A-Z0-9][A-Z0-9 #/.]*)-----$/.exec(line);
  if (!match) return null;
  return { kind: match[1] === "BEGIN" ? "begin" : "end", label: match[2] ?? "" };
}

function decode(open: Open): { block: PemBlock | null } | { finding: Finding } {
  const { number, label } = open;
  const foreign = foreignLabel(label, number);
  if (foreign) return { finding: foreign };
  const { headers, body } = splitHeaders(open.body);
  if (headers.length > 0 && !isPrivateKeyLabel(label)) return { finding: withHeaders(number, label) };
  const isEncrypted =
    label === "ENCRYPTED PRIVATE KEY" || headers.some((line) => line.startsWith("Proc-Type:") && line.includes("ENCRYPTED"));
  const base64 = body.join("");
  const der = Buffer.from(base64, "base64");
  // Only whole base64 text comes back as it was; where the fault lies is looked for when there is one.
  const isWhole = der.toString("base64") === base64;
  const broken = [...headers.map(isHeader), ...(isWhole ? [] : body.map(isBase64))].indexOf(false);
  if (broken !== -1) return { finding: brokenBase64(open, `in line ${open.line + 1 + broken}`) };
  if (base64 === "")
    return { finding: fault("pem.empty-block", "This block is empty. Copy it again with all the lines between BEGIN and END.", number) };
  if (!isWhole) return { finding: brokenBase64(open, "at its end") };
  // Passed over, so it must not hold anything else than it says: a private key under this label would be stored and shown.
  if (isCurveLabel(label)) return isObjectIdentifier(der) ? { block: null } : { finding: explicitCurve(number) };
  return { block: { number, label: isCertificateLabel(label) ? "CERTIFICATE" : label, der, isEncrypted } };
}

/** RFC 1421 headers, as OpenSSL writes them above an encrypted key: lines with a colon, ended by an empty one. */
function splitHeaders(body: string[]): { headers: string[]; body: string[] } {
  if (!body[0]?.includes(":")) return { headers: [], body };
  const end = body.indexOf("");
  return end === -1 ? { headers: body, body: [] } : { headers: body.slice(0, end), body: body.slice(end) };
}

function isHeader(line: string): boolean {
  return /^[A-Za-z0-9-]+:/.test(line) && !line.includes("-----");
}

function isBase64(line: string): boolean {
  return /^[A-Za-z0-9+/]*={0,2}$/.test(line);
}

function withoutDuplicates(blocks: PemBlock[], findings: Finding[]): Reading {
  const seen = new Map<string, number>();
  const kept = blocks.filter((block) => {
    const key = block.der.toString("latin1");
    const first = seen.get(key);
    if (first === undefined) return seen.set(key, block.number);
    findings.push(caution("pem.duplicate", `This block repeats block ${first} and is left out.`, block.number));
    return false;
  });
  return { blocks: kept, findings: fewOfEach(findings).toSorted((a, b) => (a.block ?? 0) - (b.block ?? 0)) };
}

function fewOfEach(findings: Finding[]): Finding[] {
  const counts = new Map<string, number>();
  return findings.filter(({ code }) => {
    const count = (counts.get(code) ?? 0) + 1;
    counts.set(code, count);
    return count <= mostFindingsOfACode;
  });
}

function tooMany(count: number): Finding {
  return fault(
    "pem.too-many-blocks",
    `This text has ${count} PEM blocks; at most ${mostPemBlocks} are allowed. Paste only the certificates that are needed here.`,
  );
}

function truncated(open: Open): Finding {
  return fault(
    "pem.truncated",
    `This block begins in line ${open.line} and has no line -----END ${open.label}-----. Copy it again down to its END line.`,
    open.number,
  );
}

function mismatched(open: Open, label: string): Finding {
  return fault(
    "pem.label-mismatch",
    `This block begins as ${open.label} and ends as ${label}. Copy it again: a part is missing.`,
    open.number,
  );
}

function withoutBegin(number: number, line: number): Finding {
  return fault(
    "pem.missing-begin",
    `Line ${line} ends a block that has no BEGIN line. Copy the block again from its line -----BEGIN …-----.`,
    number,
  );
}

function withHeaders(number: number, label: string): Finding {
  return fault(
    "pem.headers",
    `This block has header lines, which a ${label} must not have. Remove the lines between BEGIN and the empty line.`,
    number,
  );
}

function explicitCurve(number: number): Finding {
  return fault(
    "pem.curve-parameters",
    "This block does not name a curve: it has a curve’s own parameters or something else. Remove it; a key names its curve itself.",
    number,
  );
}

function brokenBase64(open: Open, place: string): Finding {
  return fault(
    "pem.broken-base64",
    `This block is damaged ${place}: it is not whole base64 text. Copy it again from the original file.`,
    open.number,
  );
}

function commentedKey(line: number): Finding {
  return fault("pem.commented-key", `Line ${line} holds a private key that is commented out. Remove it: comments are stored and shown.`);
}
