/** What the first bytes of a connection turned out to be. `serverName` is as sent, not yet normalised; null when absent. */
export type HelloReading =
  | { kind: "incomplete" }
  | { kind: "hello"; serverName: string | null }
  | { kind: "malformed"; reason: string }
  | { kind: "too-large" };

export type HelloReader = {
  /** Takes the next bytes as they arrived; after anything but `incomplete` the reader is spent. */
  push: (chunk: Buffer) => HelloReading;
  /** Every byte pushed so far, in order, for the TLS server to read again. */
  bytes: () => Buffer;
  /** Bytes of memory held for them. */
  capacity: () => number;
};

/**
 * Reads the server name out of a TLS ClientHello (RFC 8446 §4.1.2, RFC 6066 §3) that may arrive in any number of
 * records and segments, in time and memory linear to its length, holding at most `maxBytes` and the chunk that went
 * over it. Its answer does not depend on how the bytes were cut. It never throws.
 */
export function createHelloReader(maxBytes: number = 65_536): HelloReader {
  const received = createCollector(4_096);
  const handshake = createCollector(2_048);
  let nextRecord = 0;

  return { push, bytes: received.bytes, capacity: () => received.capacity() + handshake.capacity() };

  function push(chunk: Buffer): HelloReading {
    received.add(chunk);
    for (;;) {
      const reading = takeRecord(received.bytes().subarray(nextRecord));
      if (reading !== null) return reading;
    }
  }

  /** Takes one whole record; `null` when there may be another behind it. Reasons are for the log. */
  function takeRecord(bytes: Buffer): HelloReading | null {
    // Said before the bytes are there, or the answer would depend on how many of them came at once.
    const room = maxBytes - nextRecord - 5;
    if (room <= 0) return { kind: "too-large" };
    if (bytes.length > 0 && bytes[0] !== handshakeRecord) return malformed("the first record is not a TLS handshake");
    if (bytes.length > 1 && bytes[1] !== 3) return malformed("the record's version is not TLS");
    if (bytes.length < 5) return { kind: "incomplete" };
    const size = bytes.readUInt16BE(3);
    if (size === 0 || size > largestRecord) return malformed("a record has an impossible length");
    if (size > room) return { kind: "too-large" };
    if (bytes.length < 5 + size) return { kind: "incomplete" };
    nextRecord += 5 + size;
    handshake.add(bytes.subarray(5, 5 + size));
    return readHandshake(handshake.bytes());
  }

  function readHandshake(message: Buffer): HelloReading | null {
    if (message[0] !== clientHello) return malformed("the first message is not a ClientHello");
    if (message.length < 4) return null;
    const length = 4 + message.readUIntBE(1, 3);
    if (length > maxBytes) return { kind: "too-large" };
    return message.length < length ? null : readClientHello(message.subarray(4, length));
  }
}

const handshakeRecord = 22;
const clientHello = 1;
const largestRecord = 16_384;
const serverNameExtension = 0;

function readClientHello(body: Buffer): HelloReading {
  const cursor = createCursor(body);
  cursor.skip(2 + 32);
  const session = cursor.vector(1);
  const ciphers = cursor.vector(2);
  const compression = cursor.vector(1);
  if (session === null || ciphers === null || compression === null) return malformed("the ClientHello is cut short");
  if (session.length > 32) return malformed("the session id is too long");
  if (ciphers.length < 2 || ciphers.length % 2 !== 0 || compression.length === 0) return malformed("no cipher or compression is offered");
  if (cursor.isAtEnd()) return { kind: "hello", serverName: null };
  const extensions = cursor.vector(2);
  if (extensions === null || !cursor.isAtEnd()) return malformed("the extensions do not fill the ClientHello");
  return readExtensions(extensions);
}

function readExtensions(bytes: Buffer): HelloReading {
  const cursor = createCursor(bytes);
  const seen = new Set<number>();
  let serverName: string | null = null;
  while (!cursor.isAtEnd()) {
    const type = cursor.number(2);
    const value = cursor.vector(2);
    if (type === null || value === null) return malformed("an extension is cut short");
    // Two readings of one hello would let the client choose which site judges it (RFC 8446 §4.2).
    if (seen.has(type)) return malformed("an extension is given twice");
    seen.add(type);
    if (type !== serverNameExtension) continue;
    const name = readServerName(value);
    if (name === null) return malformed("the server name extension is malformed");
    serverName = name;
  }
  return { kind: "hello", serverName };
}

/** Exactly one entry of type host_name, as OpenSSL demands too; latin1 keeps every byte for the normaliser to judge. */
function readServerName(value: Buffer): string | null {
  const outer = createCursor(value);
  const list = outer.vector(2);
  if (list === null || !outer.isAtEnd()) return null;
  const entry = createCursor(list);
  const type = entry.number(1);
  const name = entry.vector(2);
  if (type !== 0 || name === null || name.length === 0 || name.length > 255 || !entry.isAtEnd()) return null;
  return name.toString("latin1");
}

function malformed(reason: string): HelloReading {
  return { kind: "malformed", reason };
}

/** Reads forward and never past the end: whatever would is `null`. */
function createCursor(bytes: Buffer) {
  let at = 0;
  return { skip, number, vector, isAtEnd: () => at === bytes.length };

  function skip(count: number): void {
    at += count;
  }

  function number(size: 1 | 2): number | null {
    if (at + size > bytes.length) return null;
    at += size;
    return bytes.readUIntBE(at - size, size);
  }

  function vector(lengthSize: 1 | 2): Buffer | null {
    const length = number(lengthSize);
    if (length === null || at + length > bytes.length) return null;
    at += length;
    return bytes.subarray(at - length, at);
  }
}

/** One buffer that grows by doubling: a list of fragments would cost a hundred times their bytes when each holds one. */
function createCollector(firstSize: number) {
  let buffer = Buffer.alloc(firstSize);
  let length = 0;
  return { add, bytes: () => buffer.subarray(0, length), capacity: () => buffer.length };

  function add(chunk: Buffer): void {
    if (length + chunk.length > buffer.length) {
      const larger = Buffer.alloc(Math.max(buffer.length * 2, length + chunk.length));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    chunk.copy(buffer, length);
    length += chunk.length;
  }
}
