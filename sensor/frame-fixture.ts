import { type ClientOptions, openTls } from "#sensor/client-fixture.ts";

/** One HTTP/2 frame (RFC 9113 §4.1). */
export type Frame = { type: number; flags: number; streamId: number; payload: Buffer };

export const types = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** END_STREAM and ACK share a bit (RFC 9113 §6). */
export const flags = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export const codes = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

export const preface = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

export type Field = [name: string, value: string];

/** The bytes of a frame, right or wrong: nothing is checked. */
export function frame(type: number, streamId: number, payload: Buffer | string = "", flag = 0): Buffer {
  const body = Buffer.from(payload as string, "latin1");
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flag, 4);
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, body]);
}

export function uint32(...numbers: number[]): Buffer {
  return Buffer.concat(numbers.map((number) => Buffer.from([number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255])));
}

/** SETTINGS with the given pairs of identifier and value. */
export function settings(...pairs: [identifier: number, value: number][]): Buffer {
  return frame(
    types.settings,
    0,
    Buffer.concat(pairs.map(([identifier, value]) => Buffer.concat([uint32(identifier).subarray(2), uint32(value)]))),
  );
}

/** A whole request head, which ends the stream unless told; what does not fit into HEADERS goes on in CONTINUATION. */
export function request(streamId: number, fields: Field[], flag: number = flags.endStream | flags.endHeaders): Buffer {
  const payload = block(fields);
  const parts = Array.from({ length: Math.ceil(payload.length / largestFrame) }, (_, at) =>
    payload.subarray(at * largestFrame, (at + 1) * largestFrame),
  );
  return Buffer.concat(
    parts.map((part, at) => {
      const ending = at === parts.length - 1 ? flags.endHeaders : 0;
      return at === 0
        ? frame(types.headers, streamId, part, (flag & ~flags.endHeaders) | ending)
        : frame(types.continuation, streamId, part, ending);
    }),
  );
}

const largestFrame = 16_384;

/** Literals without indexing and without Huffman coding (RFC 7541 §6.2.2). */
export function block(fields: Field[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

/** A string literal (RFC 7541 §5.2). */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest >>>= 7) length.push((rest & 127) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

export const head = (authority: string, changes: Record<string, string> = {}): Field[] =>
  Object.entries({ ":method": "GET", ":scheme": "https", ":path": "/", ":authority": authority, ...changes });

/** A client that writes frames as it is told and keeps every frame it reads; it acknowledges nothing by itself. */
export type RawHttp2 = {
  /** In the order they came. */
  readonly frames: Frame[];
  send(...frames: Buffer[]): void;
  /** The first frame that fits, of those that came and will come; null when the connection ends without one. */
  find(fits: (frame: Frame) => boolean): Promise<Frame | null>;
  /** How a stream went: the status, the body, and how it ended. */
  outcome(streamId: number): Promise<Outcome>;
  /** Resolves when the connection is over. */
  readonly closed: Promise<string | null>;
  isClosed(): boolean;
  destroy(): void;
  pause(): void;
  resume(): void;
};

/** `end` is `END_STREAM`, the code of RST_STREAM, `GOAWAY` and its code, or `closed`. */
export type Outcome = { status: number | null; body: string; end: string };

/** Shakes hands and sends the preface with empty SETTINGS, or with what is given instead. */
export async function openFrames({
  opening = [preface, settings()],
  ...options
}: ClientOptions & { opening?: Buffer[] }): Promise<RawHttp2> {
  const raw = await openTls({ ALPNProtocols: ["h2"], ...options });
  const { socket } = raw;
  const frames: Frame[] = [];
  let received = Buffer.alloc(0);
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of [...waiting]) look();
  };
  socket.removeAllListeners("data");
  socket.on("data", (chunk: Buffer | string) => {
    received = Buffer.concat([received, Buffer.from(chunk as string, "latin1")]);
    for (let next = takeFrame(); next !== null; next = takeFrame()) frames.push(next);
    wake();
  });
  socket.once("close", wake);
  const send = (...bytes: Buffer[]) => void socket.write(Buffer.concat(bytes));
  send(...opening);
  return {
    frames,
    send,
    find,
    outcome,
    closed: raw.closed,
    isClosed: raw.isClosed,
    destroy: () => void socket.destroy(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  };

  function takeFrame(): Frame | null {
    if (received.length < 9) return null;
    const length = received.readUIntBE(0, 3);
    if (received.length < 9 + length) return null;
    const [type = 0, flag = 0] = received.subarray(3, 5);
    const taken = { type, flags: flag, streamId: received.readUInt32BE(5) & 0x7fffffff, payload: received.subarray(9, 9 + length) };
    received = received.subarray(9 + length);
    return taken;
  }

  function find(fits: (frame: Frame) => boolean): Promise<Frame | null> {
    return new Promise((resolve) => {
      const look = () => {
        const found = frames.find(fits) ?? null;
        if (found === null && !raw.isClosed()) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  }

  async function outcome(streamId: number): Promise<Outcome> {
    const last = await find((one) => endOf(one, streamId) !== null);
    const own = frames.filter((one) => one.streamId === streamId);
    const heads = own.filter(({ type }) => type === types.headers).map(({ payload }) => statusOf(payload));
    const body = own.filter(({ type }) => type === types.data).map(({ payload }) => payload.toString("latin1"));
    const status = heads.find((one) => one !== null && one >= 200) ?? heads[0] ?? null;
    return { status, body: body.join(""), end: last === null ? "closed" : (endOf(last, streamId) ?? "") };
  }
}

function endOf({ type, flags: flag, streamId, payload }: Frame, wanted: number): string | null {
  if (type === types.goAway && payload.readUInt32BE(4) !== 0) return `GOAWAY ${codes[payload.readUInt32BE(4)]}`;
  if (streamId !== wanted) return null;
  if (type === types.rstStream) return codes[payload.readUInt32BE(0)] ?? "unknown";
  return (type === types.data || type === types.headers) && (flag & flags.endStream) !== 0 ? "END_STREAM" : null;
}

/** `:status` comes first: from the static table, or as three digits in Huffman code (RFC 7541 appendices A and B). */
function statusOf(payload: Buffer): number | null {
  let at = 0;
  while (((payload[at] ?? 0) & 0xe0) === 0x20) at += 1;
  const first = payload[at] ?? 0;
  if (first >= 0x88 && first <= 0x8e) return [200, 204, 206, 304, 400, 404, 500][first - 0x88] ?? null;
  if (![0x48, 0x08, 0x18].includes(first)) return null;
  const length = payload[at + 1] ?? 0;
  const value = payload.subarray(at + 2, at + 2 + (length & 127));
  if (length < 128) return Number(value.toString("latin1"));
  const bits = [...value].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let digits = "";
  for (let bit = 0; digits.length < 3; ) {
    const isShort = bits[bit + 1] === "0";
    digits += isShort ? Number.parseInt(bits.slice(bit, bit + 5), 2) : Number.parseInt(bits.slice(bit, bit + 6), 2) - 22;
    bit += isShort ? 5 : 6;
  }
  return Number(digits);
}
