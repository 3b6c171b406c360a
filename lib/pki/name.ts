/** Text from a certificate made fit for a sentence or a log line: no control or direction characters, at most 255. */
export function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");
  return clean.length > 255 ? `${clean.slice(0, 255)}…` : clean;
}

/** Node's text of a subject or issuer on one line; of an empty name, which has a SAN in its place, Node says undefined. */
export function nameOnOneLine(name: string | undefined): string {
  return escaped((name ?? "").replaceAll("\n", ", "));
}

/**
 * Text that strangers chose, for logs and the ledger: control, direction and other unseen characters are written out, and
 * no more than 256 characters remain.
 */
export function escaped(text: string): string {
  const visible = text.slice(0, 1_024).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
  return visible.length > 256 ? `${visible.slice(0, 255).replace(/[\uD800-\uDBFF]$/, "")}…` : visible;
}
