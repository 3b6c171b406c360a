import { createDecipheriv, createHmac, type DecipherChaCha20Poly1305, type DecipherGCM } from "node:crypto";
import {
  createMessageReader,
  messageTypes,
  readCertificateRequest,
  readChain,
  readServerHello,
  type ServerFlight,
} from "#sensor/tls-messages.ts";

/**
 * Reads the server's part of a handshake of our own out of the bytes it sent. Node shows a client neither whether it was
 * asked for a certificate nor by which CAs; in TLS 1.3 that is encrypted, and `keylog` (Node's lines in the NSS format)
 * holds the one secret that opens it. Never throws: what cannot be read is unknown.
 */
export function readServerFlight(bytes: Buffer, keylog: readonly string[]): ServerFlight {
  const flight: ServerFlight = { version: null, chain: [], request: "unknown" };
  try {
    readRecords(bytes, keylog, flight);
  } catch {
    // Cut off or malformed: what was read before stands.
  }
  return flight;
}

/**
 * The longest flight that is heard takes half as many of 512 bytes. A server may put each byte into a record of its own,
 * each to be decrypted; what lies beyond stays unknown.
 */
export const mostRecords = 1_000;

/** Record types (RFC 8446 §5.1). */
const records = { handshake: 22, encrypted: 23, changeCipherSpec: 20 } as const;

function readRecords(bytes: Buffer, keylog: readonly string[], flight: ServerFlight): void {
  const readMessages = createMessageReader();
  let open: ((header: Buffer, body: Buffer) => Buffer | null) | null = null;
  let at = 0;
  for (let count = 0; count < mostRecords && at + 5 <= bytes.length; count += 1) {
    const header = bytes.subarray(at, at + 5);
    const body = bytes.subarray(at + 5, at + 5 + header.readUInt16BE(3));
    if (body.length < header.readUInt16BE(3)) return;
    at += 5 + body.length;
    const type = header[0];
    // What comes after it in TLS 1.2 is encrypted; in 1.3, after a HelloRetryRequest too, it means nothing (RFC 8446 §D.4).
    if (type === records.changeCipherSpec && flight.version === "TLSv1.2") return;
    const added = type === records.handshake && open === null ? body : type === records.encrypted && open ? open(header, body) : null;
    if (added === null) continue;
    for (const { type: message, body: content } of readMessages(added)) {
      const hello = message === messageTypes.serverHello ? readServerHello(content) : null;
      if (hello !== null) {
        flight.version = hello.version;
        if (hello.version === "TLSv1.3") open = createOpener(hello.suite, keylog);
      } else if (message === messageTypes.certificate) flight.chain = readChain(content, flight.version);
      else if (message === messageTypes.certificateRequest) flight.request = readCertificateRequest(content, flight.version);
      else if (message === messageTypes.serverHelloDone || message === messageTypes.finished) {
        if (flight.request === "unknown") flight.request = null;
        return;
      }
    }
  }
}

type Suite = { cipher: "aes-128-gcm" | "aes-256-gcm" | "chacha20-poly1305"; hash: "sha256" | "sha384"; keyBytes: number };

/** Suites of TLS 1.3 (RFC 8446 §B.4). */
const suites = new Map<number, Suite>([
  [0x1301, { cipher: "aes-128-gcm", hash: "sha256", keyBytes: 16 }],
  [0x1302, { cipher: "aes-256-gcm", hash: "sha384", keyBytes: 32 }],
  [0x1303, { cipher: "chacha20-poly1305", hash: "sha256", keyBytes: 32 }],
]);

/** Opens the server's handshake records in their order (RFC 8446 §5.2, §7.3); answers the content of a handshake record, null of another. */
function createOpener(suite: number, keylog: readonly string[]): (header: Buffer, body: Buffer) => Buffer | null {
  const found = suites.get(suite);
  const line = keylog.find((one) => one.startsWith("SERVER_HANDSHAKE_TRAFFIC_SECRET "));
  const secret = Buffer.from(line?.trim().split(" ")[2] ?? "", "hex");
  if (found === undefined || secret.length === 0) throw new RangeError("No key for this suite.");
  const { cipher, hash, keyBytes } = found;
  const key = expandLabel(hash, secret, "key", keyBytes);
  const iv = expandLabel(hash, secret, "iv", 12);
  let sequence = 0;
  return (header, body) => {
    const nonce = Buffer.from(iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ sequence) >>> 0, 8);
    sequence += 1;
    const decipher = createAead(cipher, key, nonce);
    decipher.setAAD(header, { plaintextLength: body.length - 16 });
    decipher.setAuthTag(body.subarray(-16));
    const inner = Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()]);
    let end = inner.length;
    while (end > 0 && inner[end - 1] === 0) end -= 1;
    return inner[end - 1] === records.handshake ? inner.subarray(0, end - 1) : null;
  };
}

/** Node types the same call apart for each cipher; the tag is always whole (RFC 8446 §5.2). */
function createAead(cipher: Suite["cipher"], key: Buffer, nonce: Buffer): DecipherGCM | DecipherChaCha20Poly1305 {
  if (cipher === "chacha20-poly1305") return createDecipheriv(cipher, key, nonce, { authTagLength: 16 });
  return createDecipheriv(cipher, key, nonce, { authTagLength: 16 });
}

/** HKDF-Expand-Label with an empty context; one round is enough, since no key is longer than its hash (RFC 5869 §2.3). */
function expandLabel(hash: string, secret: Buffer, label: string, length: number): Buffer {
  const full = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([Buffer.from([0, length, full.length]), full, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}
