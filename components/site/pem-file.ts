import type { ReadFile } from "#components/ui/file-drop.tsx";

/**
 * The text of a file for a PEM field. Of what is not text (DER, PKCS#12) only the beginning is taken, byte by byte:
 * enough for the server to name the format and the way out of it, and none of a key that lies further in.
 */
export function pemTextOf({ bytes, text }: Pick<ReadFile, "bytes" | "text">): string {
  if (text !== null && !text.includes("\0")) return text;
  return decodeUtf16(bytes) ?? Array.from(bytes.subarray(0, 64), (byte) => String.fromCharCode(byte)).join("");
}

/** `text` with `addition` after it: a certificate and its key, or one CA after the other, may come in separate files. */
export function appendPem(text: string, addition: string): string {
  return text.trim() === "" ? addition : `${text.trimEnd()}\n${addition}`;
}

// Windows editors save as UTF-16 and mark it so.
function decodeUtf16(bytes: Uint8Array): string | null {
  const mark = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  if (mark !== 0xfffe && mark !== 0xfeff) return null;
  return new TextDecoder(mark === 0xfffe ? "utf-16le" : "utf-16be").decode(bytes);
}
