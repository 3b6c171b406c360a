/** Text from a certificate made fit for a sentence or a log line: no control or direction characters, at most 255. */
export function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, "\ufffd");
  return clean.length > 255 ? `${clean.slice(0, 255)}…` : clean;
}
