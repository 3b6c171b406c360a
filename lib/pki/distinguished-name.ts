import "reflect-metadata";
import { Name } from "@peculiar/x509";
import { escaped } from "#lib/pki/name.ts";

/** A name out of a handshake (DER, RFC 5280 §4.1.2.4) as text for a page, null when it cannot be read. Never throws. */
export function readDistinguishedName(der: Buffer): string | null {
  try {
    return escaped(new Name(new Uint8Array(der)).toString());
  } catch {
    return null;
  }
}
