import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { get } from "node:https";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { createAuthority } from "#e2e/pki/authority.ts";
import type { RawClient } from "#sensor/client-fixture.ts";
import { type Mutual, startMutual } from "#sensor/mutual-fixture.ts";

let mutual: Mutual;
const sockets: Duplex[] = [];
beforeAll(async () => {
  mutual = await startMutual();
  await mutual.add("quick.test", { readTimeoutS: 1 });
});
afterAll(() => mutual[Symbol.asyncDispose]());
afterEach(() => {
  vi.restoreAllMocks();
  mutual.reset();
  mutual.origin.removeAllListeners("upgrade");
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A stream of events as its client has it: what came, how it ended, and the way to leave. */
type Events = { heard(): string; ended: Promise<"whole" | "broken">; leave(): void };

async function overHttp1(servername: string): Promise<Events> {
  const { client, rig } = mutual;
  let heard = "";
  const asked = get({
    host: "127.0.0.1",
    port: rig.ports.SENSOR_HTTPS_PORT,
    servername,
    cert: client.certificate,
    key: client.key,
    rejectUnauthorized: false,
    agent: false,
    headers: { host: servername, accept: "text/event-stream" },
  });
  asked.on("error", () => {});
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  answer.setEncoding("utf8").on("data", (text) => (heard += text));
  const ended = new Promise<"whole" | "broken">((resolve) => {
    answer.once("end", () => resolve("whole")).once("error", () => resolve("broken"));
  });
  return { heard: () => heard, ended, leave: () => void asked.destroy() };
}

async function overHttp2(servername: string): Promise<Events> {
  const session = await mutual.session({ servername });
  let heard = "";
  const stream = session.request({ ":path": "/", accept: "text/event-stream" });
  stream.on("error", () => {});
  await once(stream, "response");
  stream.setEncoding("utf8").on("data", (text) => (heard += text));
  const ended = new Promise<"whole" | "broken">((resolve) => {
    stream.once("close", () => resolve(stream.rstCode === 0 ? "whole" : "broken"));
  });
  return { heard: () => heard, ended, leave: () => stream.close(8) };
}

describe.each([
  ["HTTP/1.1", overHttp1],
  ["HTTP/2", overHttp2],
])("server-sent events over %s through both directions of mTLS", (_name, listen) => {
  /** Events whose origin is in the test's hand from the head on. */
  async function open(servername = "shop.test"): Promise<{ events: Events; response: ServerResponse; request: IncomingMessage }> {
    const arrived = new Promise<{ response: ServerResponse; request: IncomingMessage }>((resolve) => {
      mutual.serve((request, response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.flushHeaders();
        resolve({ request, response });
      });
    });
    const events = await listen(servername);
    return { events, ...(await arrived) };
  }

  it("arrive one by one, as they are sent", async () => {
    const { events, response } = await open();
    expect(events.heard()).toBe("");
    for (let at = 1; at <= 20; at += 1) {
      response.write(`data: ${at}\n\n`);
      await expect.poll(events.heard, { interval: 1 }).toMatch(new RegExp(`data: ${at}\n\n$`));
    }
    response.end();
    expect(await events.ended).toBe("whole");
    expect(events.heard().match(/data/g)).toHaveLength(20);
  });

  it("end for the origin when their client leaves", async () => {
    const { events, response, request } = await open();
    response.write("data: 1\n\n");
    await expect.poll(events.heard).toContain("1");
    const gone = once(request.socket, "close");
    events.leave();
    await gone;
  });

  it("last as long as the origin is never silent for the read time-out, and then break off", async () => {
    const { events, response } = await open("quick.test");
    const started = performance.now();
    const beat = setInterval(() => response.write("data: beat\n\n"), 200);
    await expect.poll(() => performance.now() - started, { timeout: 5_000 }).toBeGreaterThan(1_600);
    clearInterval(beat);
    expect(events.heard().length).toBeGreaterThan(5 * "data: beat\n\n".length);
    expect(await events.ended).toBe("broken");
    expect(mutual.rig.log).toContainEqual(expect.objectContaining({ msg: "request failed", verdict: "ORIGIN_TIMEOUT" }));
  });
});

const key = "dGhlIHNhbXBsZSBub25jZQ==";
const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
const ask =
  "GET /chat HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
  `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Protocol: chat\r\n\r\n`;

/** A frame with a 64-bit length (RFC 6455 §5.2); a client's is masked with zeros, which change nothing. */
function frame(opcode: number, payload: Buffer, isMasked: boolean): Buffer {
  const head = Buffer.alloc(isMasked ? 14 : 10);
  head.writeUInt8(0x80 | opcode, 0);
  head.writeUInt8((isMasked ? 0x80 : 0) | 127, 1);
  head.writeBigUInt64BE(BigInt(payload.length), 2);
  return Buffer.concat([head, payload]);
}

type Chat = { client: RawClient<TLSSocket>; heard: () => Buffer; origin: Duplex; said: () => Buffer };

/** A WebSocket from client to origin; `said` is what the origin has heard of the client. */
async function openChat(): Promise<Chat> {
  const opened = new Promise<Duplex>((resolve) => {
    mutual.origin.once("upgrade", (request: IncomingMessage, socket: Duplex) => {
      mutual.arrivals.push(request);
      sockets.push(socket.on("error", () => {}));
      const granted = `Sec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: chat\r\n`;
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${granted}\r\n`);
      resolve(socket);
    });
  });
  const client = await mutual.tls();
  client.send(ask);
  const answer = await client.reply();
  expect(answer).toMatchObject({ status: 101, headers: { "sec-websocket-accept": accept, "sec-websocket-protocol": "chat" } });
  const origin = await opened;
  return { client, heard: gather(client.socket), origin, said: gather(origin) };
}

function gather(stream: Duplex): () => Buffer {
  const parts: Buffer[] = [];
  stream.on("data", (part: Buffer | string) => parts.push(Buffer.from(part as string, "latin1")));
  return () => Buffer.concat(parts);
}

describe("a WebSocket through both directions of mTLS", () => {
  it("carries frames both ways, small and large, byte for byte", async () => {
    const { client, heard, origin, said } = await openChat();
    expect(mutual.arrivals.at(-1)?.headers).toMatchObject({
      "x-forwarded-proto": "https",
      "sec-websocket-version": "13",
      "x-forwarded-for": "127.0.0.1",
    });
    const large = frame(2, Buffer.alloc(8 * 1_048_576, 7), true);
    client.socket.write(frame(1, Buffer.from("hello"), true));
    client.socket.write(large);
    await expect.poll(() => said().length, { timeout: 10_000 }).toBe(large.length + 19);
    expect(said().subarray(19).equals(large)).toBe(true);
    origin.write(frame(2, Buffer.alloc(8 * 1_048_576, 9), false));
    await expect.poll(() => heard().length, { timeout: 10_000 }).toBe(8 * 1_048_576 + 10);
    expect(
      heard()
        .subarray(10)
        .every((byte) => byte === 9),
    ).toBe(true);
  });

  it.each(["client", "origin"] as const)("passes the close code of its %s and then ends for both", async (closer) => {
    const { client, heard, origin, said } = await openChat();
    const closed = once(origin, "close");
    const code = Buffer.from([0x0f, 0xa1]);
    if (closer === "client") client.socket.end(frame(8, code, true));
    else origin.end(frame(8, code, false));
    const passed = closer === "client" ? said : heard;
    await expect.poll(() => passed().subarray(-2)).toEqual(code);
    await Promise.all([client.closed, closed]);
  });

  it.each(["client", "origin"] as const)("waits while its %s takes nothing", async (sloth) => {
    const { client, origin } = await openChat();
    const [from, to]: [Duplex, Duplex] = sloth === "client" ? [origin, client.socket] : [client.socket, origin];
    to.pause();
    let written = 0;
    const more = () => {
      while (written < 64 * 1_048_576 && from.write(Buffer.alloc(65_536))) written += 65_536;
    };
    from.on("drain", more);
    more();
    let last = -1;
    while (last !== written) {
      last = written;
      await new Promise((done) => setTimeout(done, 100));
    }
    expect(written).toBeLessThan(32 * 1_048_576);
  });

  it.each<[string, Parameters<Mutual["tls"]>[0], string, number]>([
    ["a client without a certificate", { client: undefined }, ask, 403],
    ["another site's name", {}, ask.replace("shop.test", "quick.test"), 421],
  ])("is refused to %s, and the origin hears nothing", async (_name, options, text, status) => {
    const upgrades = vi.fn();
    mutual.origin.on("upgrade", upgrades);
    const client = await mutual.tls(options);
    client.send(text);
    expect(await client.reply()).toMatchObject({ status });
    await client.closed;
    expect(upgrades).not.toHaveBeenCalled();
    expect(mutual.arrivals).toEqual([]);
  });

  it("is cut five seconds after its client's CA was removed, and not before", async () => {
    const real = performance.now.bind(performance);
    let ahead = 0;
    vi.spyOn(performance, "now").mockImplementation(() => real() + ahead);
    const { client, heard, origin } = await openChat();
    const others = await createAuthority({ commonName: "Others" });
    await mutual.save({ downstream: [others] });
    ahead = 4_000;
    origin.write("still here");
    await expect.poll(() => heard().toString()).toBe("still here");
    ahead = 5_100;
    await client.closed;
    await mutual.save();
  });

  it("goes on when CAs are added", async () => {
    const real = performance.now.bind(performance);
    let ahead = 0;
    vi.spyOn(performance, "now").mockImplementation(() => real() + ahead);
    const { client, heard, origin } = await openChat();
    await mutual.save({ downstream: [mutual.clients, await createAuthority({ commonName: "More" })] });
    ahead = 60_000;
    for (let beat = 0; beat < 3; beat += 1) {
      origin.write("on");
      await expect.poll(() => heard().length).toBe(2 * (beat + 1));
    }
    expect(client.isClosed()).toBe(false);
    await mutual.save();
  });
});
