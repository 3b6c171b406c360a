/** What the first bytes of a DER value say it is; only the outer shape is looked at. */
export type DerKind = "pkcs12" | "pkcs7" | "key" | "other";

const sequence = 0x30;
const signedData = Buffer.from("06092a864886f70d010702", "hex");
const version0 = Buffer.from("020100", "hex");
const version1 = Buffer.from("020101", "hex");
const version3 = Buffer.from("020103", "hex");

/** The kind of the DER SEQUENCE that `bytes` begins with, `null` when it is none. */
export function derKind(bytes: Uint8Array): DerKind | null {
  const header = derHeader(bytes);
  if (header === null) return null;
  const content = Buffer.from(bytes.subarray(header.start, header.start + signedData.length));
  if (content.equals(signedData)) return "pkcs7";
  if (content.subarray(0, version3.length).equals(version3)) return "pkcs12";
  // Every form of private key begins with its version, and nothing else that is pasted here does.
  return [version0, version1].some((version) => content.subarray(0, version.length).equals(version)) ? "key" : "other";
}

/** The length in bytes of the whole DER SEQUENCE that `bytes` begins with, `null` when it is none (X.690 §8.1.3, §10.1). */
export function derLength(bytes: Uint8Array): number | null {
  const header = derHeader(bytes);
  return header === null ? null : header.start + header.length;
}

/** Whether `bytes` are one DER OBJECT IDENTIFIER and nothing else (X.690 §8.19); its length takes one byte. */
export function isObjectIdentifier(bytes: Uint8Array): boolean {
  return bytes[0] === 0x06 && bytes.length > 2 && bytes[1] === bytes.length - 2 && bytes.length < 0x80;
}

function derHeader(bytes: Uint8Array): { start: number; length: number } | null {
  const first = bytes[1];
  if (bytes[0] !== sequence || first === undefined || first === 0x80) return null;
  if (first < 0x80) return { start: 2, length: first };
  const count = first & 0x7f;
  if (count > 4 || bytes.length < 2 + count) return null;
  let length = 0;
  for (const byte of bytes.subarray(2, 2 + count)) length = length * 256 + byte;
  return { start: 2 + count, length };
}
