import { type Finding, fault } from "#lib/pki/finding.ts";

/** At most this much text in one field, in bytes of UTF-8. */
export const largestPemBytes = 256 * 1024;

/** Why a text of so many bytes is not read, with its size; null when it fits. Runs in the browser too, before anything is sent. */
export function judgePemSize(bytes: number): Finding | null {
  if (bytes <= largestPemBytes) return null;
  const size = Math.ceil(bytes / 1024).toLocaleString("en");
  const message = `This text has ${size} KB, and a field takes ${largestPemBytes / 1024} KB. Paste only the certificates that are needed here.`;
  return fault("pem.too-large", message);
}
