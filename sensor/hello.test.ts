import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import { checkAgainstOpenssl, checkReadings } from "#e2e/fuzz/hello-rules.ts";
import { inRecords } from "#e2e/fuzz/mutated-hello.ts";
import { recordHello } from "#sensor/client-fixture.ts";
import { createHelloReader, type HelloReading } from "#sensor/hello.ts";

let hello: Buffer;
let withoutName: Buffer;
beforeAll(async () => {
  hello = await recordHello({ servername: "shop.test" });
  withoutName = await recordHello({});
});

function read(bytes: Buffer, step = bytes.length, limit?: number): HelloReading {
  const reader = createHelloReader(limit);
  let reading: HelloReading = { kind: "incomplete" };
  for (let at = 0; at < bytes.length && reading.kind === "incomplete"; at += step) reading = reader.push(bytes.subarray(at, at + step));
  return reading;
}

/** A ClientHello made by hand, so that its lengths may lie. */
function makeHello(
  extensions: Buffer | null,
  { session = Buffer.alloc(0), ciphers = Buffer.from([0x13, 1]), compression = Buffer.from([0]) } = {},
): Buffer {
  const body = Buffer.concat([
    Buffer.from([3, 3]),
    Buffer.alloc(32, 7),
    Buffer.from([session.length]),
    session,
    uint16(ciphers.length),
    ciphers,
    Buffer.from([compression.length]),
    compression,
    ...(extensions === null ? [] : [uint16(extensions.length), extensions]),
  ]);
  return Buffer.concat([Buffer.from([22, 3, 1]), uint16(body.length + 4), Buffer.from([1, 0]), uint16(body.length), body]);
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 255]);
}

function extension(type: number, value: Buffer): Buffer {
  return Buffer.concat([uint16(type), uint16(value.length), value]);
}

function serverName(name: string, type = 0): Buffer {
  const bytes = Buffer.from(name, "latin1");
  return Buffer.concat([uint16(bytes.length + 3), Buffer.from([type]), uint16(bytes.length), bytes]);
}

describe("the ClientHello reader", () => {
  it("reads the name this Node's client sends", () => {
    expect(read(hello)).toEqual({ kind: "hello", serverName: "shop.test" });
  });

  it("says that no name was sent", () => {
    expect(read(withoutName)).toEqual({ kind: "hello", serverName: null });
    expect(read(makeHello(null))).toEqual({ kind: "hello", serverName: null });
  });

  it.each([1, 2, 3, 4, 5])("reads a hello that arrives %i bytes at a time", (step) => {
    expect(read(hello, step)).toEqual({ kind: "hello", serverName: "shop.test" });
  });

  it.each([1, 2, 3, 4, 5, 100])("reads a hello cut into records of %i bytes, in one segment and in single bytes", (size) => {
    const cut = inRecords(hello.subarray(5), [size]);
    expect(read(cut)).toEqual({ kind: "hello", serverName: "shop.test" });
    expect(read(cut, 1)).toEqual({ kind: "hello", serverName: "shop.test" });
  });

  it("reads a hello of post-quantum size and gives every byte back", () => {
    const large = makeHello(Buffer.concat([extension(51, Buffer.alloc(1_800, 9)), extension(0, serverName("a.test"))]));
    const followed = Buffer.concat([large, Buffer.from([20, 3, 3, 0, 1, 1])]);
    const reader = createHelloReader();
    expect(reader.push(followed.subarray(0, 700)).kind).toBe("incomplete");
    expect(reader.push(followed.subarray(700))).toEqual({ kind: "hello", serverName: "a.test" });
    expect(reader.bytes()).toEqual(followed);
  });

  it("waits while anything is missing", () => {
    for (let end = 1; end < hello.length; end += 1) expect(read(hello.subarray(0, end)).kind).toBe("incomplete");
  });

  it.each<[string, () => Buffer]>([
    ["plain HTTP", () => Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["an SSLv2 hello", () => Buffer.from([0x80, 0x2e, 1, 3, 1])],
    ["an alert", () => Buffer.from([21, 3, 1, 0, 2, 2, 40])],
    ["a record of another protocol", () => Buffer.from([22, 9, 9])],
    ["an empty record", () => Buffer.from([22, 3, 1, 0, 0])],
    ["a record longer than TLS allows", () => Buffer.from([22, 3, 1, 0xff, 0xff])],
    ["a ServerHello", () => Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
    ["a hello cut short by its own length", () => Buffer.from([22, 3, 1, 0, 4, 1, 0, 0, 0])],
    ["an odd cipher list", () => makeHello(null, { ciphers: Buffer.from([1, 2, 3]) })],
    ["no cipher", () => makeHello(null, { ciphers: Buffer.alloc(0) })],
    ["no compression method", () => makeHello(null, { compression: Buffer.alloc(0) })],
    ["a session id of 33 bytes", () => makeHello(null, { session: Buffer.alloc(33) })],
    [
      "two server name extensions",
      () => makeHello(Buffer.concat([extension(0, serverName("a.test")), extension(0, serverName("b.test"))])),
    ],
    ["two names in one extension", () => makeHello(extension(0, twoNames("a.test", "b.test")))],
    ["a name of an unknown type", () => makeHello(extension(0, serverName("a.test", 1)))],
    ["an empty name", () => makeHello(extension(0, serverName("")))],
    ["an empty server name extension", () => makeHello(extension(0, Buffer.alloc(0)))],
    ["bytes behind the name", () => makeHello(extension(0, Buffer.concat([serverName("a.test"), Buffer.from([0])])))],
    ["an extension past the end", () => makeHello(Buffer.from([0, 0, 0, 9, 1]))],
    ["bytes behind the extensions", () => withTail(makeHello(extension(0, serverName("a.test"))))],
  ])("calls %s malformed", (_, bytes) => {
    expect(read(bytes()).kind).toBe("malformed");
    expect(read(bytes(), 1).kind).toBe("malformed");
  });

  it("keeps odd bytes of a name for the normaliser to judge", () => {
    expect(read(makeHello(extension(0, serverName("a\u0000b.\u00e9"))))).toEqual({ kind: "hello", serverName: "a\u0000b.\u00e9" });
  });

  it("refuses a hello that announces more than it may hold, at its first record", () => {
    const reader = createHelloReader(65_536);
    expect(reader.push(Buffer.from([22, 3, 1, 0, 4, 1, 1, 0, 0])).kind).toBe("too-large");
  });

  it("holds no more than its limit, whatever the records are", () => {
    const reader = createHelloReader(1_000);
    const record = Buffer.concat([Buffer.from([22, 3, 1, 0, 1]), Buffer.from([1])]);
    expect(reader.push(Buffer.from([22, 3, 1, 0, 4, 1, 0, 3, 0xe0])).kind).toBe("incomplete");
    let reading: HelloReading = { kind: "incomplete" };
    let pushed = 0;
    while (reading.kind === "incomplete" && pushed < 10_000) {
      reading = reader.push(record);
      pushed += record.length;
    }
    expect(reading.kind).toBe("too-large");
    expect(pushed).toBeLessThan(1_100);
  });

  it("answers the same at its limit however the bytes are cut", () => {
    const within = inRecords(hello.subarray(5), [1]);
    for (const limit of [100, within.length - 1, within.length]) {
      const readings = [1, 7, within.length].map((step) => read(within, step, limit));
      expect(readings.map(({ kind }) => kind)).toEqual(Array(3).fill(limit === within.length ? "hello" : "too-large"));
    }
  });

  it("holds little more than the bytes it was sent, however many records they came in", () => {
    const records = Buffer.concat([Buffer.from([22, 3, 1, 0, 4, 1, 0, 255, 240]), ...Array(10_000).fill(Buffer.from([22, 3, 1, 0, 1, 7]))]);
    const before = heldBytes();
    const readers = Array.from({ length: 20 }, () => {
      const reader = createHelloReader();
      expect(reader.push(records).kind).toBe("incomplete");
      return reader;
    });
    expect((heldBytes() - before) / readers.length).toBeLessThan(3 * records.length);
  });
});

describe("a mutated hello", () => {
  it("never makes the reader throw, wait for ever or answer differently when it is cut differently", () => {
    const { name, hello: nameless, malformed, incomplete } = checkReadings(3_000);
    for (const met of [name, nameless, malformed, incomplete]) expect(met).toBeGreaterThan(50);
  });

  it("is read as OpenSSL reads it, or refused", async () => {
    const tally = await checkAgainstOpenssl(2_000);
    expect(tally["hello / name"]).toBeGreaterThan(200);
    expect(tally["hello / nameless"]).toBeGreaterThan(50);
  });
});

/** What is in use after a full collection. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function twoNames(first: string, second: string): Buffer {
  const entries = [first, second].map((name) => serverName(name).subarray(2));
  const list = Buffer.concat(entries);
  return Buffer.concat([uint16(list.length), list]);
}

/** One byte more in the ClientHello than its extensions account for. */
function withTail(bytes: Buffer): Buffer {
  const longer = Buffer.concat([bytes, Buffer.from([0])]);
  longer.writeUInt16BE(bytes.length - 5 + 1, 3);
  longer.writeUInt16BE(bytes.length - 9 + 1, 7);
  return longer;
}
