import fc from "fast-check";

/** A ClientHello taken apart, so that a mutation can lie about one thing and leave the rest whole. */
type Hello = { version: Buffer; random: Buffer; session: Buffer; ciphers: Buffer; compression: Buffer; extensions: Extension[] };
type Extension = { type: number; value: Buffer };

/** Hellos that differ from real ones by a plan of mutations; `chunks` are the sizes in which the bytes arrive, over and over. */
export type MutatedHello = { bytes: Buffer; chunks: number[]; [fc.toStringMethod]: () => string };

/**
 * Mutations of the recorded hellos, from the inside out: extensions doubled, dropped, swapped and made up, length fields
 * that lie, changed bytes, records cut anew, and changed bytes again.
 */
export function mutatedHellos(recorded: readonly Buffer[]): fc.Arbitrary<MutatedHello> {
  const donors = recorded.map(takeApart);
  const plans = fc.record({
    donor: fc.nat(donors.length - 1),
    extensions: fc.array(extensionEdits, { maxLength: 3, size: "max" }),
    lengths: few(fc.record({ field: fc.nat(40), delta: fc.constantFrom(-256, -4, -2, -1, 1, 2, 4, 255, 256, 65_000) }), 2),
    inside: few(byteEdits, 2),
    records: fc.oneof({ weight: 3, arbitrary: fc.constant([16_384]) }, fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1 })),
    outside: few(byteEdits, 2),
    chunks: fc.array(fc.constantFrom(1, 1, 2, 3, 4, 5, 6, 9, 100, 517, 1_460, 70_000), { minLength: 1, maxLength: 4 }),
  });
  return plans.map((plan) => {
    const donor = donors[plan.donor] ?? takeApart(Buffer.alloc(0));
    const other = donors[(plan.donor + 1) % donors.length] ?? donor;
    const extensions = plan.extensions.reduce((list, edit) => editExtensions(list, edit, other), donor.extensions);
    const handshake = plan.inside.reduce(editBytes, assemble({ ...donor, extensions }, plan.lengths));
    const bytes = plan.outside.reduce(editBytes, inRecords(handshake, plan.records));
    return { bytes, chunks: plan.chunks, [fc.toStringMethod]: () => `${bytes.toString("hex")} in chunks of ${plan.chunks}` };
  });
}

/** Mostly none: what is changed everywhere is refused at its first byte and shows nothing. */
function few<T>(arbitrary: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant<T[]>([]) }, fc.array(arbitrary, { minLength: 1, maxLength: most, size: "max" }));
}

type ByteEdit = { kind: "flip" | "set" | "insert" | "remove" | "repeat" | "truncate"; at: number; value: number; length: number };

const byteEdits: fc.Arbitrary<ByteEdit> = fc.record({
  kind: fc.constantFrom("flip", "set", "insert", "remove", "repeat", "truncate"),
  at: fc.nat(2_000),
  value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 3, 20, 21, 22, 23, 0x7f, 0x80, 0xff)),
  length: fc.integer({ min: 1, max: 40 }),
});

function editBytes(bytes: Buffer, { kind, at, value, length }: ByteEdit): Buffer {
  const start = bytes.length === 0 ? 0 : at % bytes.length;
  const [before, after] = [bytes.subarray(0, start), bytes.subarray(start)];
  if (kind === "flip") return Buffer.concat([before, Buffer.from([(after[0] ?? 0) ^ (1 << (value & 7))]), after.subarray(1)]);
  if (kind === "set") return Buffer.concat([before, Buffer.from([value]), after.subarray(1)]);
  if (kind === "insert") return Buffer.concat([before, Buffer.alloc(length, value), after]);
  if (kind === "remove") return Buffer.concat([before, after.subarray(length)]);
  if (kind === "repeat") return Buffer.concat([before, after.subarray(0, length), after]);
  return before;
}

type ExtensionEdit = { kind: "double" | "drop" | "swap" | "take" | "invent" | "name"; at: number; to: number; type: number; names: Name[] };
type Name = { type: number; bytes: Buffer };

const names = fc.record({
  type: fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, fc.nat(255)),
  bytes: fc.oneof(
    fc
      .constantFrom("shop.test", "b.test", "SHOP.TEST", "shop.test.", "a.test\0shop.test", "", ".", "*.test", "127.0.0.1", "é.test")
      .map(latin1),
    fc.nat(300).map((length) => Buffer.alloc(length, "a")),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  ),
});

const extensionEdits: fc.Arbitrary<ExtensionEdit> = fc.record({
  kind: fc.constantFrom("double", "drop", "swap", "take", "invent", "name", "name", "name", "name"),
  at: fc.nat(20),
  to: fc.nat(20),
  type: fc.constantFrom(0, 0, 1, 5, 10, 13, 16, 41, 43, 51, 0xfe0d, 0x0a0a, 65_535),
  names: fc
    .array(names, { minLength: 1, maxLength: 2 })
    .map((list) => (list.length === 2 && list[1]?.type === 0 ? list : list.slice(0, 1))),
});

function editExtensions(list: Extension[], { kind, at, to, type, names: given }: ExtensionEdit, other: Hello): Extension[] {
  const index = list.length === 0 ? 0 : at % list.length;
  const chosen = list[index];
  const target = to % (list.length + 1);
  if (kind === "take") return list.toSpliced(target, 0, ...other.extensions.slice(at % 15, (at % 15) + 1));
  if (kind === "invent") return list.toSpliced(target, 0, { type, value: vector(2, Buffer.alloc(to, at)) });
  if (kind === "name") return [...list.filter((one) => one.type !== 0 || at === 0), { type: 0, value: nameList(given) }];
  if (chosen === undefined) return list;
  if (kind === "double") return list.toSpliced(target, 0, chosen);
  const without = list.toSpliced(index, 1);
  return kind === "drop" ? without : without.toSpliced(target, 0, chosen);
}

function nameList(given: Name[]): Buffer {
  return vector(2, Buffer.concat(given.map(({ type, bytes }) => Buffer.concat([Buffer.from([type]), vector(2, bytes)]))));
}

/** Trusts its input, which a client of this Node has made: record header, handshake header, then RFC 8446 §4.1.2. */
function takeApart(recorded: Buffer): Hello {
  let at = 9;
  const take = (length: number) => {
    at += length;
    return recorded.subarray(at - length, at);
  };
  const takeVector = (size: number) => take(take(size).readUIntBE(0, size));
  const hello: Hello = {
    version: take(2),
    random: take(32),
    session: takeVector(1),
    ciphers: takeVector(2),
    compression: takeVector(1),
    extensions: [],
  };
  at += 2;
  while (at < recorded.length) hello.extensions.push({ type: take(2).readUInt16BE(0), value: takeVector(2) });
  return hello;
}

/** The handshake message; `lies` change its length fields, counted from the outermost. */
function assemble(hello: Hello, lies: { field: number; delta: number }[]): Buffer {
  const extensions = hello.extensions.map(({ type, value }) => Buffer.concat([uint(2, type), vector(2, value)]));
  const parts = [vector(1, hello.session), vector(2, hello.ciphers), vector(1, hello.compression)];
  const body = Buffer.concat([hello.version, hello.random, ...parts, vector(2, Buffer.concat(extensions))]);
  const message = Buffer.concat([Buffer.from([1]), vector(3, body)]);
  const afterSession = 39 + hello.session.length;
  const afterCiphers = afterSession + 2 + hello.ciphers.length;
  let start = afterCiphers + 1 + hello.compression.length + 2;
  const fields: [number, number][] = [
    [1, 3],
    [38, 1],
    [afterSession, 2],
    [afterCiphers, 1],
    [start - 2, 2],
  ];
  for (const [index, extension] of extensions.entries()) {
    fields.push([start + 2, 2]);
    // The list, and the one name in it.
    if (hello.extensions[index]?.type === 0 && extension.length > 9) fields.push([start + 4, 2], [start + 7, 2]);
    start += extension.length;
  }
  for (const { field, delta } of lies) {
    const [at, size] = fields[field % fields.length] ?? [1, 3];
    message.writeUIntBE((message.readUIntBE(at, size) + delta + 256 ** size) % 256 ** size, at, size);
  }
  return message;
}

/** The message in records of the given sizes, over and over. */
export function inRecords(message: Buffer, sizes: readonly number[]): Buffer {
  const records: Buffer[] = [];
  for (let at = 0, turn = 0; at < message.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 16_384;
    records.push(Buffer.from([22, 3, 1]), vector(2, message.subarray(at, at + size)));
    at += size;
  }
  return Buffer.concat(records);
}

function vector(size: number, content: Buffer): Buffer {
  return Buffer.concat([uint(size, content.length), content]);
}

function uint(size: number, value: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeUIntBE(value, 0, size);
  return bytes;
}

function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
