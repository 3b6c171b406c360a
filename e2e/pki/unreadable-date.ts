import { sign } from "node:crypto";
import type { Identity } from "#e2e/pki/authority.ts";
import { derLength } from "#lib/pki/der.ts";

const utcTime = Buffer.from([0x17, 0x0d]);

/** The same certificate with a month 99 at its beginning, signed anew by `issuer`, which has a key of P-256. */
export function withUnreadableDate(identity: Identity, issuer: Identity): Identity {
  const der = Buffer.from(identity.x509.rawData);
  der.write("99", der.indexOf(utcTime) + utcTime.length + 2, "latin1");
  const start = (der[1] ?? 0) < 0x80 ? 2 : 2 + ((der[1] ?? 0) & 0x7f);
  const tbs = sequenceAt(der, start);
  const algorithm = sequenceAt(der, start + tbs.length);
  const signature = sign("sha256", tbs, issuer.keys.privateKey);
  const content = Buffer.concat([tbs, algorithm, Buffer.from([0x03, signature.length + 1, 0]), signature]);
  const whole = Buffer.concat([Buffer.from([0x30, 0x82, content.length >> 8, content.length & 0xff]), content]);
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return { ...identity, certificate: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n` };
}

function sequenceAt(der: Buffer, start: number): Buffer {
  return der.subarray(start, start + (derLength(der.subarray(start)) ?? 0));
}
