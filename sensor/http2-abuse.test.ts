import type { Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { block, type Field, flags, frame, head, preface, request, settings, text, types, uint32 } from "#sensor/frame-fixture.ts";
import { ask } from "#sensor/http2-fixture.ts";
import { bytesInUse } from "#sensor/memory-fixture.ts";
import { type Mutual, startMutual } from "#sensor/mutual-fixture.ts";

let mutual: Mutual;
beforeAll(async () => {
  mutual = await startMutual({ deadlines: { stallMs: 1_000 } });
  await mutual.add("other.test");
});
afterAll(() => mutual[Symbol.asyncDispose]());
afterEach(() => mutual.reset());

const megabyte = 1_048_576;
const { data, headers, priority, rstStream, ping, windowUpdate, continuation } = types;
const name = "shop.test";
const usual = block(head(name));
const hold = head(name, { ":path": "/hold" });
const post = head(name, { ":path": "/hold", ":method": "POST" });
const repeat = (count: number, make: (at: number) => Buffer): Buffer => Buffer.concat(Array.from({ length: count }, (_, at) => make(at)));
/** What opens streams: fifty at a time, each with its own number. */
const streams = (make: (id: number) => Buffer) => (round: number) => repeat(50, (at) => make(2 * (50 * round + at) + 1));
const large: Field = ["x", "a".repeat(15_000)];
const entry = Buffer.concat([usual, Buffer.from([0x40]), text("a"), text("x".repeat(4_000))]);

type Flood = [what: string, opening: Buffer[], part: (round: number) => Buffer, most: number];

/** Each ends its connection. `most` is how many requests may reach the origin, of thousands. */
const fatal: Flood[] = [
  ["cancelled streams (CVE-2023-44487)", [], streams((id) => Buffer.concat([request(id, hold), frame(rstStream, id, uint32(8))])), 250],
  ["streams cancelled without an error", [], streams((id) => Buffer.concat([request(id, hold), frame(rstStream, id, uint32(0))])), 250],
  [
    "bodies short of their length (CVE-2025-8671)",
    [],
    streams((id) =>
      Buffer.concat([request(id, [...post, ["content-length", "9"]], flags.endHeaders), frame(data, id, "x", flags.endStream)]),
    ),
    60,
  ],
  [
    "trailers that do not end (CVE-2025-8671)",
    [],
    streams((id) => Buffer.concat([request(id, post, flags.endHeaders), request(id, [["x", "1"]], flags.endHeaders)])),
    60,
  ],
  ["heads that HTTP/2 forbids", [], streams((id) => request(id, [...hold, ["connection", "x"]])), 0],
  ["heads that are too large", [], streams((id) => request(id, [...hold, large, large])), 0],
  ["streams over the limit", [], streams((id) => request(id, hold)), 100],
  ["resets of one stream", [request(1, hold)], () => repeat(1_000, () => frame(rstStream, 1, uint32(8))), 1],
  ["CONTINUATION without content", [frame(headers, 1, usual, flags.endStream)], () => repeat(100, () => frame(continuation, 1, "")), 0],
  [
    "CONTINUATION without end (CVE-2024-27316)",
    [frame(headers, 1, usual, flags.endStream)],
    () => repeat(10, () => frame(continuation, 1, block([large]))),
    0,
  ],
  ["DATA without content (CVE-2019-9518)", [request(1, post, flags.endHeaders)], () => repeat(1_000, () => frame(data, 1, "")), 1],
  ["DATA of padding alone", [request(1, post, flags.endHeaders)], () => repeat(500, () => frame(data, 1, "\0", flags.padded)), 1],
  ["PRIORITY", [], () => repeat(1_000, (at) => frame(priority, 2 * at + 1, Buffer.from([0, 0, 0, 0, 16]))), 0],
  ["frames of unknown type", [], () => repeat(1_000, () => frame(0x20, 0, "x")), 0],
];

/** Each is answered for as long as it comes, and costs little. */
const harmless: Flood[] = [
  ["SETTINGS (CVE-2019-9515)", [], () => repeat(1_000, () => settings([4, 65_535])), 0],
  [
    "SETTINGS that move the windows of a hundred streams",
    [repeat(100, (at) => request(2 * at + 1, hold))],
    () => repeat(500, (at) => settings([4, 1 + (at % 2)])),
    100,
  ],
  ["PING (CVE-2019-9512)", [], () => repeat(1_000, () => frame(ping, 0, "12345678")), 0],
  ["WINDOW_UPDATE of one byte", [], () => repeat(1_000, () => frame(windowUpdate, 0, uint32(1))), 0],
  [
    "DATA on a stream that is over",
    [request(1, post, flags.endHeaders), frame(rstStream, 1, uint32(8))],
    () => repeat(1_000, () => frame(data, 1, "x")),
    1,
  ],
  [
    "one large field of the table, named again and again (CVE-2016-6581)",
    [frame(headers, 1, entry, flags.endStream | flags.endHeaders)],
    (round) =>
      repeat(10, (at) =>
        frame(headers, 2 * (10 * round + at) + 3, Buffer.concat([usual, Buffer.alloc(15_000, 0xbe)]), flags.endStream | flags.endHeaders),
      ),
    1,
  ],
  [
    "one large field after another for the table",
    [],
    (round) => repeat(10, (at) => frame(headers, 2 * (10 * round + at) + 1, entry, flags.endStream | flags.endHeaders)),
    1_000,
  ],
];

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a flood", () => {
  /** Sends as much as the sensor takes, and tells what became of sensor and connection. */
  async function flood([, opening, part]: Flood, rounds: number) {
    mutual.serve((arrived, response) => {
      if (arrived.url !== "/hold") arrived.resume().once("end", () => response.end("ok"));
    });
    const before = bytesInUse();
    const beside = await mutual.session({ servername: "other.test" });
    const raw = await mutual.frames();
    raw.send(...opening);
    let others = 0;
    for (let round = 0; round < rounds && !raw.isClosed(); round += 1) {
      raw.send(part(round));
      await turn();
      await turn();
      if (round % 20 === 0) others += (await ask(beside, { ":path": "/beside" })).status === 200 ? 1 : 0;
      raw.frames.length = 0;
    }
    const forwarded = mutual.arrivals.filter(({ url }) => url !== "/beside").length;
    return { raw, others, forwarded, grown: bytesInUse() - before };
  }

  it.each(fatal)("of %s ends its connection, and no other", async (...given) => {
    const { raw, others, forwarded, grown } = await flood(given, 400);
    await raw.closed;
    expect(others).toBeGreaterThan(0);
    expect(forwarded).toBeLessThanOrEqual(given[3]);
    expect(grown).toBeLessThan(16 * megabyte);
    expect(await ask(await mutual.session())).toMatchObject({ status: 200 });
  });

  it.each(harmless)("of %s is borne, and other clients are served", async (...given) => {
    const { raw, others, forwarded, grown } = await flood(given, 100);
    expect(raw.isClosed()).toBe(false);
    expect(others).toBe(5);
    expect(forwarded).toBeLessThanOrEqual(given[3]);
    expect(grown).toBeLessThan(16 * megabyte);
    // Everything that was sent has been read by now: its cost is behind us.
    raw.send(frame(ping, 0, "thefence"));
    expect(await raw.find(({ payload }) => payload.toString("latin1") === "thefence")).not.toBeNull();
  });

  it.each([
    ["PING", frame(ping, 0, "12345678")],
    ["SETTINGS", settings()],
  ])("of %s from a client that reads no answer is not taken for long, and ends at its deadline at the latest", async (_name, one) => {
    await using hasty = await startMutual({ deadlines: { headMs: 2_000 } });
    const before = bytesInUse();
    const raw = await hasty.frames();
    raw.pause();
    const part = repeat(10_000, () => one);
    for (let round = 0; round < 100; round += 1) {
      raw.send(part);
      await turn();
    }
    // What the attacker has not got rid of is in here too, up to 17 MB: a sensor that waits takes nothing more.
    expect(bytesInUse() - before).toBeLessThan(32 * megabyte);
    // The attacker itself would see the end only if it read.
    await expect.poll(() => connections(hasty), { timeout: 10_000 }).toBe(0);
  });
});

/** Connections the sensor holds open. */
async function connections({ rig }: Mutual = mutual): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${rig.ports.SENSOR_ADMIN_PORT}/metrics`);
  return Number(/^tessera_connections (\d+)$/m.exec(await answer.text())?.[1] ?? Number.NaN);
}

describe("a client that opens no window", () => {
  it("holds little of a hundred large answers, and each only until it has stalled", async () => {
    let written = 0;
    const closed: Promise<unknown>[] = [];
    mutual.serve((arrived, response) => {
      if (arrived.url !== "/large") return void response.end("ok");
      closed.push(new Promise((resolve) => arrived.socket.once("close", resolve)));
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) written += 65_536;
      };
      response.on("drain", more);
      more();
    });
    const raw = await mutual.frames({ opening: [preface, settings([4, 0])] });
    raw.send(repeat(100, (at) => request(2 * at + 1, head(name, { ":path": "/large" }))));
    await expect.poll(() => mutual.arrivals.length, { timeout: 10_000 }).toBe(100);
    expect(await ask(await mutual.session({ servername: "other.test" }))).toMatchObject({ status: 200 });
    await Promise.all(closed);
    const ends = await Promise.all(Array.from({ length: 100 }, (_, at) => raw.outcome(2 * at + 1)));
    expect(new Set(ends.map(({ status, body, end }) => `${status} ${body} ${end}`))).toEqual(new Set(["200  INTERNAL_ERROR"]));
    // Mostly in the sockets between origin and sensor: what the system lets them hold.
    expect(written).toBeLessThan(100 * 8 * megabyte);
    // The connection is not at fault as a whole.
    raw.send(frame(ping, 0, "thefence"));
    expect(await raw.find(({ payload }) => payload.toString("latin1") === "thefence")).not.toBeNull();
  });
});

describe("a client that goes away with a reset", () => {
  it("while it is written to and much of it is unread leaves nothing behind", async () => {
    mutual.serve((_request, response) => response.end("ok"));
    for (let round = 0; round < 5; round += 1) {
      const raw = await mutual.frames();
      for (let at = 0; at < 500; at += 10) {
        raw.send(repeat(10, (more) => request(2 * (at + more) + 1, [...head(name), ["x", "a".repeat(12_000)]])));
        await turn();
      }
      await raw.find(({ type }) => type === headers);
      raw.destroy();
    }
    await expect.poll(() => connections(), { timeout: 10_000 }).toBe(0);
  });
});

describe("a body of single bytes that its origin does not take", () => {
  it("costs little more than its bytes over HTTP/2", async () => {
    mutual.serve((arrived) => void arrived.pause());
    const raw = await mutual.frames();
    const before = bytesInUse();
    const ids = Array.from({ length: 20 }, (_, at) => 2 * at + 1);
    for (const id of ids) {
      raw.send(
        request(id, post, flags.endHeaders),
        repeat(10_000, () => frame(data, id, "x")),
      );
      await turn();
      raw.send(repeat(10_000, () => frame(data, id, "x")));
      await turn();
    }
    await expect.poll(() => mutual.arrivals.length, { timeout: 10_000 }).toBe(20);
    raw.send(frame(ping, 0, "thefence"));
    await raw.find(({ payload }) => payload.toString("latin1") === "thefence");
    // As 400,000 parts they would take 85 MB.
    expect(bytesInUse() - before).toBeLessThan(16 * megabyte);
  });

  it("costs little more than its bytes over HTTP/1.1", async () => {
    mutual.serve((arrived) => void arrived.pause());
    const before = bytesInUse();
    const sockets: Socket[] = [];
    for (let client = 0; client < 10; client += 1) {
      const { socket } = await mutual.tls();
      sockets.push(socket);
      socket.write(`POST / HTTP/1.1\r\nHost: ${name}\r\nTransfer-Encoding: chunked\r\n\r\n`);
      for (let round = 0; round < 4; round += 1) {
        socket.write("1\r\nx\r\n".repeat(10_000));
        await turn();
      }
    }
    await expect.poll(() => mutual.arrivals.length, { timeout: 10_000 }).toBe(10);
    await expect.poll(() => sockets.reduce((sum, { writableLength }) => sum + writableLength, 0), { timeout: 10_000 }).toBe(0);
    let most = 0;
    for (let round = 0; round < 20; round += 1) {
      await turn();
      most = Math.max(most, bytesInUse() - before);
    }
    // As 400,000 parts they would take 85 MB.
    expect(most).toBeLessThan(16 * megabyte);
  });
});

describe("a slow client", () => {
  it("whose head never ends is cut off at the deadline, however many pings it sends", async () => {
    await using hasty = await startMutual({ deadlines: { headMs: 300 } });
    const raw = await hasty.frames();
    raw.send(frame(headers, 1, usual.subarray(0, 10), flags.endStream));
    await raw.closed;
    const pinging = await hasty.frames();
    const timer = setInterval(() => pinging.send(frame(ping, 0, "12345678")), 20);
    await pinging.closed;
    clearInterval(timer);
    expect(hasty.arrivals).toEqual([]);
  });

  it("whose body stands still gets 408, and the stream beside it its answer", async () => {
    await mutual.add("quick.test", { sendTimeoutS: 1 });
    mutual.serve((arrived, response) => void arrived.resume().once("end", () => response.end("ok")));
    const raw = await mutual.frames({ servername: "quick.test" });
    raw.send(request(1, head("quick.test", { ":method": "POST" }), flags.endHeaders), frame(data, 1, "x"));
    raw.send(request(3, head("quick.test")));
    expect(await raw.outcome(3)).toMatchObject({ status: 200 });
    expect(await raw.outcome(1)).toMatchObject({ status: 408, end: "END_STREAM" });
  });
});
