import fc from "fast-check";

type Edit =
  | { kind: "remove" | "double" | "comment" | "join" | "truncate" | "indent"; line: number }
  | { kind: "move" | "swap"; line: number; to: number }
  | { kind: "insert" | "append" | "prepend"; line: number; text: string }
  | { kind: "put"; line: number; at: number; text: string }
  | { kind: "cut" | "case"; line: number; at: number }
  | { kind: "label"; line: number; label: string; isPair: boolean }
  | { kind: "nest"; line: number; donor: number }
  | { kind: "everywhere"; from: string; text: string };

const labels = [
  "CERTIFICATE",
  "X509 CERTIFICATE",
  "TRUSTED CERTIFICATE",
  "PRIVATE KEY",
  "EC PRIVATE KEY",
  "ec PRIVATE KEY",
  "RSA PRIVATE KEY",
  "ENCRYPTED PRIVATE KEY",
  "ANY PRIVATE KEY",
  "EC PARAMETERS",
  "PUBLIC KEY",
  "X509 CRL",
  "certificate",
  "CERTIFICATE ",
  " CERTIFICATE",
  "CERT\u0130FICATE",
  "",
];
const armour = labels.flatMap((label) => [`-----BEGIN ${label}-----`, `-----END ${label}-----`]);
const strange = ["\ufeff", "\u00a0", "\u200b", "\u2028", "\u0085", "\v", "\f", "\0", "\ufffd", "\ud800", "é", "\r", "\n", "\t", " ", "\\n"];
const pieces = [...strange, "=", "==", "-", "-----", "%", "#", ":", "A", "/", "BEGIN ", "END ", "PRIVATE KEY"];
const whole = [
  ...armour,
  "",
  "  ",
  "# a note",
  "#-----BEGIN PRIVATE KEY-----",
  "X: y",
  "Proc-Type: 4,ENCRYPTED",
  "Proc-Type: 4,CLEAR",
  "DEK-Info: AES-256-CBC,00112233445566778899AABBCCDDEEFF",
  "Bag Attributes",
  "    friendlyName: x",
  "Certificate:",
  "subject=CN = x",
  "Private-Key: (256 bit)",
  "AAAA",
  "#".padEnd(254, "x"),
  "A".repeat(5_000),
];

/** Texts that a person, an editor or an enemy could make of the given ones: line by line, character by character, label by label. */
export function mutatedPems(texts: readonly string[]): fc.Arbitrary<string> {
  const line = fc.nat(60);
  const at = fc.nat(80);
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.record({ kind: fc.constantFrom("remove", "double", "comment", "join", "truncate", "indent"), line }),
    fc.record({ kind: fc.constantFrom("move", "swap"), line, to: line }),
    fc.record({ kind: fc.constantFrom("insert", "append", "prepend"), line, text: fc.constantFrom(...whole) }),
    fc.record({
      kind: fc.constant("put"),
      line,
      at,
      text: fc.oneof(
        fc.constantFrom(...pieces),
        fc.nat(0x2fff).map((code) => String.fromCharCode(code)),
      ),
    }),
    fc.record({ kind: fc.constantFrom("cut", "case"), line, at }),
    fc.record({ kind: fc.constant("label"), line, label: fc.constantFrom(...labels), isPair: fc.boolean() }),
    fc.record({ kind: fc.constant("nest"), line, donor: fc.nat(texts.length - 1) }),
    fc.record({
      kind: fc.constant("everywhere"),
      from: fc.constantFrom("\n", "-----", "KEY"),
      text: fc.constantFrom("\r\n", "\r", " \n", "\n\n", "\n ", "----", "Key", "\\n"),
    }),
  );
  const plans = fc.record({ text: fc.nat(texts.length - 1), edits: fc.array(edit, { minLength: 1, maxLength: 4, size: "max" }) });
  return plans.map(({ text, edits }) => edits.reduce((changed, one) => apply(changed, one, texts), texts[text] ?? ""));
}

function apply(text: string, edit: Edit, texts: readonly string[]): string {
  if (edit.kind === "everywhere") return text.replaceAll(edit.from, edit.text);
  const lines = text.split("\n");
  // A label stands in few lines: these are meant then, not any line.
  const candidates = edit.kind === "label" ? armourLines(lines) : [...lines.keys()];
  const index = candidates[edit.line % Math.max(1, candidates.length)] ?? 0;
  const line = lines[index] ?? "";
  const put = (...changed: string[]) => lines.toSpliced(index, 1, ...changed).join("\n");
  switch (edit.kind) {
    case "remove":
      return put();
    case "double":
      return put(line, line);
    case "comment":
      return put(`#${line}`);
    case "indent":
      return put(`  ${line}`);
    case "join":
      return lines.toSpliced(index, 2, line + (lines[index + 1] ?? "")).join("\n");
    case "truncate":
      return lines.slice(0, index).join("\n");
    case "move":
      return lines
        .toSpliced(index, 1)
        .toSpliced(edit.to % lines.length, 0, line)
        .join("\n");
    case "swap":
      return lines
        .with(index, lines[edit.to % lines.length] ?? "")
        .with(edit.to % lines.length, line)
        .join("\n");
    case "insert":
      return put(edit.text, line);
    case "append":
      return put(line + edit.text);
    case "prepend":
      return put(edit.text + line);
    case "put":
      return put(line.slice(0, edit.at) + edit.text + line.slice(edit.at));
    case "cut":
      return put(line.slice(0, edit.at % (line.length + 1)) + line.slice((edit.at % (line.length + 1)) + 1));
    case "case":
      return put(line.slice(0, edit.at) + swapCase(line.slice(edit.at, edit.at + 1)) + line.slice(edit.at + 1));
    case "nest":
      return put(line, texts[edit.donor] ?? "");
    case "label":
      return relabel(lines, index, edit.label, edit.isPair).join("\n");
  }
}

function armourLines(lines: readonly string[]): number[] {
  return [...lines.keys()].filter((index) => lines[index]?.includes("-----"));
}

/** Of one line, or of it and the next that is one. */
function relabel(lines: string[], index: number, label: string, isPair: boolean): string[] {
  const next = armourLines(lines).find((other) => other > index);
  const meant = isPair && next !== undefined ? [index, next] : [index];
  return lines.map((line, at) => (meant.includes(at) ? line.replace(/(BEGIN|END) [^-]*/, `$1 ${label}`) : line));
}

function swapCase(letter: string): string {
  return letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
}
