import { derKind } from "#lib/pki/der.ts";
import { type Finding, fault } from "#lib/pki/finding.ts";
import { containerFinding } from "#lib/pki/pem-label.ts";
import { isKeyDump } from "#lib/pki/prelude.ts";

const derAdvice =
  "Export a certificate as PEM with `openssl x509 -inform DER -in FILE -out certificate.pem`, a private key with `openssl pkey -inform DER -in FILE -out key.pem`, and paste that.";

/** Codes of findings behind which a private key may hide: text with one of them is never stored. */
export const secretCodes: readonly string[] = [
  "pem.der",
  "pem.binary",
  "pem.utf-16",
  "pem.pkcs12",
  "pem.no-armour",
  "pem.broken-armour",
  "pem.escaped-line-breaks",
  "pem.one-line",
  "pem.key-dump",
  "pem.commented-key",
  "pem.missing-begin",
  "pem.headers",
  "pem.truncated",
  "pem.label-mismatch",
  "pem.broken-base64",
  "pem.curve-parameters",
];

/** Says what a text is that cannot be PEM as a whole: bytes read as text, or another encoding. `null` for all else. */
export function recogniseForeignText(text: string): Finding | null {
  const isZeroed = text.includes("\0");
  if (isZeroed && text.replaceAll("\0", "").includes("-----BEGIN"))
    return fault("pem.utf-16", "This text is encoded as UTF-16. Save the file as UTF-8 (or ASCII) and paste it again.");
  if (text.includes("-----BEGIN") || !holdsBytes(text)) return null;
  const bytes = Buffer.from(text.slice(0, 64), "latin1");
  if (bytes[0] !== 0x30)
    return fault("pem.binary", "This is a binary file, not PEM text. Export certificates and keys as PEM and paste that.");
  const container = containerOf(text.slice(0, 64));
  return container ? containerFinding(container) : fault("pem.der", `This is a binary file in DER form. ${derAdvice}`);
}

/** Says what lines outside every block are; quotes a line only when it cannot be key material. */
export function recogniseLooseLines(lines: string[], number: number): Finding {
  if (lines.some(isKeyDump))
    return fault("pem.key-dump", `Line ${number} begins the text form of a private key. Remove it: only PEM blocks belong here.`);
  if (lines.some((line) => line.includes("-----BEGIN") && line.includes("\\n")))
    return fault(
      "pem.escaped-line-breaks",
      `Line ${number} has the two characters \\n where line breaks belong. Replace each by a line break.`,
    );
  if (lines.some((line) => line.startsWith("-----BEGIN") && line.lastIndexOf("-----END") > 0))
    return fault("pem.one-line", `Line ${number} holds a whole block on one line. Copy it again with its line breaks.`);
  const armour = lines.findIndex((line) => /(?:BEGIN|END) [A-Z0-9]/.test(line));
  if (armour !== -1)
    return fault(
      "pem.broken-armour",
      `Line ${number + armour} looks like a BEGIN or END line and is not spelled like one. It needs five plain hyphens at each end, as in -----BEGIN CERTIFICATE-----.`,
    );
  if (lines.some(looksEncoded)) return withoutArmour(lines, number);
  const quote = quotable(lines[0] ?? "");
  return fault(
    "pem.trailing-text",
    `Line ${number}${quote} is outside every PEM block. Remove it, or put # in front of it to keep it as a comment.`,
  );
}

function withoutArmour(lines: string[], number: number): Finding {
  const kind = derKind(Buffer.from(lines.join(""), "base64"));
  if (kind === "pkcs7" || kind === "pkcs12") return containerFinding(kind);
  return fault(
    "pem.no-armour",
    `The text from line ${number} on looks like base64 without its BEGIN and END lines. Put -----BEGIN CERTIFICATE----- above and -----END CERTIFICATE----- below a certificate, or copy it again from the original file.`,
  );
}

/** Whether the text was made from bytes: control characters, or the mark that decoders leave for what they could not read. */
function holdsBytes(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === 0xfffd || (code < 0x20 && (code < 0x09 || code > 0x0d))) return true;
  }
  return false;
}

function containerOf(start: string): "pkcs7" | "pkcs12" | null {
  if (start.includes("\x06\t*") && start.includes("\r\x01\x07\x02")) return "pkcs7";
  return start.slice(0, 12).includes("\x02\x01\x03") ? "pkcs12" : null;
}

/** Long runs without a space are base64, hexadecimal or a token: never repeated in a message. */
function looksEncoded(line: string): boolean {
  return /[A-Za-z0-9+/=:_-]{24}/.test(line);
}

function quotable(line: string): string {
  if (looksEncoded(line) || /pass|secret|key|pin/i.test(line)) return "";
  const short = line.length > 40 ? `${line.slice(0, 40)}…` : line;
  return ` (“${short}”)`;
}
