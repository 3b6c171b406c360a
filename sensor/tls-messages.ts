/** What a server says in its handshake that a client's TLS library keeps to itself; chains and names are in DER. */
export type ServerFlight = {
  version: "TLSv1.2" | "TLSv1.3" | null;
  /** The certificates as they were sent, leaf first; empty when they were not seen. */
  chain: Buffer[];
  /** The names of the CAs a client certificate should come from (none: any); null when the server did not ask for one. */
  request: { names: Buffer[] } | null | "unknown";
};

/** Handshake messages (RFC 8446 §4, RFC 5246 §7.4). */
export const messageTypes = { serverHello: 2, certificate: 11, certificateRequest: 13, serverHelloDone: 14, finished: 20 } as const;

export type Message = { type: number; body: Buffer };

/**
 * Puts messages together out of the pieces that records hold, as small as the server likes to make them (RFC 8446 §5.1):
 * each answers the messages that its piece completes. A piece is joined once a header or a message is whole, so that the
 * work grows with the bytes alone.
 */
export function createMessageReader(): (piece: Buffer) => Message[] {
  let pieces: Buffer[] = [];
  let size = 0;
  let wanted = headerBytes;
  return (piece) => {
    pieces.push(piece);
    size += piece.length;
    if (size < wanted) return [];
    const messages: Message[] = [];
    let bytes = Buffer.concat(pieces);
    for (;;) {
      wanted = bytes.length < headerBytes ? headerBytes : headerBytes + bytes.readUIntBE(1, 3);
      if (bytes.length < wanted) break;
      messages.push({ type: bytes[0] ?? 0, body: bytes.subarray(headerBytes, wanted) });
      bytes = bytes.subarray(wanted);
    }
    [pieces, size] = [[bytes], bytes.length];
    return messages;
  };
}

const headerBytes = 4;

/** ServerHello: the suite and the version; null for a HelloRetryRequest, which another one follows (RFC 8446 §4.1.3). */
export function readServerHello(body: Buffer): { suite: number; version: ServerFlight["version"] } | null {
  const reader = createReader(body);
  reader.take(2);
  if (reader.take(32).equals(helloRetry)) return null;
  reader.vector(1);
  const suite = reader.number(2);
  reader.take(1);
  const extensions = reader.isAtEnd() ? new Map<number, Buffer>() : readExtensions(reader.vector(2));
  const chosen = extensions.get(supportedVersions)?.readUInt16BE(0);
  const version = chosen === 0x0304 ? "TLSv1.3" : chosen === undefined && body.readUInt16BE(0) === 0x0303 ? "TLSv1.2" : null;
  return { suite, version };
}

/** The certificates of a Certificate message. */
export function readChain(body: Buffer, version: ServerFlight["version"]): Buffer[] {
  const reader = createReader(body);
  if (version === "TLSv1.3") reader.vector(1);
  const list = createReader(reader.vector(3));
  const chain: Buffer[] = [];
  while (!list.isAtEnd()) {
    chain.push(list.vector(3));
    if (version === "TLSv1.3") list.vector(2);
  }
  return chain;
}

/** The CAs' names of a CertificateRequest. */
export function readCertificateRequest(body: Buffer, version: ServerFlight["version"]): { names: Buffer[] } {
  const reader = createReader(body);
  reader.vector(1);
  if (version === "TLSv1.3") {
    const authorities = readExtensions(reader.vector(2)).get(certificateAuthorities);
    return { names: authorities === undefined ? [] : readNames(createReader(authorities).vector(2)) };
  }
  reader.vector(2);
  return { names: readNames(reader.vector(2)) };
}

const helloRetry = Buffer.from("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c", "hex");
const supportedVersions = 43;
const certificateAuthorities = 47;

function readNames(list: Buffer): Buffer[] {
  const reader = createReader(list);
  const names: Buffer[] = [];
  while (!reader.isAtEnd()) names.push(reader.vector(2));
  return names;
}

function readExtensions(list: Buffer): Map<number, Buffer> {
  const reader = createReader(list);
  const extensions = new Map<number, Buffer>();
  while (!reader.isAtEnd()) extensions.set(reader.number(2), reader.vector(2));
  return extensions;
}

/** Reads on from the front; throws RangeError past the end, so that a lying length is never believed. */
function createReader(bytes: Buffer) {
  let at = 0;
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError("The message is shorter than it says.");
    at += length;
    return bytes.subarray(at - length, at);
  };
  const number = (size: number) => take(size).readUIntBE(0, size);
  return { take, number, vector: (size: number) => take(number(size)), isAtEnd: () => at === bytes.length };
}
