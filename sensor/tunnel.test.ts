import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { createBench, speak } from "#e2e/forwarder.ts";

const bench = createBench();
afterEach(() => bench.close());

const ask = (headers = "") =>
  `GET /chat?a HTTP/1.1\r\nHost: SHOP.test:8443\r\nConnection: Upgrade, X-Real-IP\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: abc\r\nX-Client-Cert: CN=admin\r\nX-Forwarded-For: 6.6.6.6\r\n${headers}\r\n`;
const grant =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade, X-Inner\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: xyz\r\nX-Inner: 1\r\n\r\n";

/** An origin that answers the head of every connection with `says` and gives the test the connection. */
async function startOrigin(says: string) {
  const heads: string[] = [];
  const opened: ((socket: Socket) => void)[] = [];
  const { port } = await bench.startRaw((socket) => {
    socket.once("data", (data) => {
      heads.push(data.toString("latin1"));
      socket.pause().write(says, "latin1");
      opened.shift()?.(socket);
    });
  });
  return { port, heads, next: () => new Promise<Socket>((done) => opened.push(done)) };
}

/** Reads until the text has come. */
async function read(stream: Duplex, text: string): Promise<string> {
  let heard = "";
  while (!heard.includes(text)) {
    const arrived = once(stream, "data");
    stream.resume();
    const [data] = (await arrived) as [Buffer];
    stream.pause();
    heard += data.toString("latin1");
  }
  return heard;
}

async function open(changes: Parameters<typeof bench.startFront>[0] = {}) {
  const origin = await startOrigin(grant);
  const front = await bench.startFront({ originHttpPort: origin.port, ...changes });
  const client = connect(front.port, "127.0.0.1");
  client.on("error", () => {});
  const arrived = origin.next();
  client.write(ask());
  const head = await read(client, "\r\n\r\n");
  return { front, client, head, origin: await arrived, heads: origin.heads };
}

describe("a WebSocket", () => {
  it("passes both ways, under the header rules of every request", async () => {
    const { client, origin, head, heads } = await open({ responseHeaders: [{ name: "X-Custom", value: "1" }] });
    expect(heads[0]).toMatch(/^GET \/chat\?a HTTP\/1.1\r\n/);
    expect(heads[0]).toMatch(/\r\nhost: shop\.test\r\n/i);
    expect(heads[0]).toMatch(/\r\nconnection: Upgrade\r\n/i);
    expect(heads[0]).toMatch(/\r\nupgrade: websocket\r\n/i);
    expect(heads[0]).toMatch(/\r\nx-real-ip: 127\.0\.0\.1\r\n/i);
    expect(heads[0]).toMatch(/\r\nsec-websocket-key: abc\r\n/i);
    expect(heads[0]).not.toMatch(/client-cert|6\.6\.6\.6/i);
    expect(head).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/);
    expect(head).toMatch(/sec-websocket-accept: xyz/);
    expect(head).toMatch(/x-request-id: 0123-request/);
    expect(head).toMatch(/x-custom: 1/);
    expect(head).not.toMatch(/x-inner/i);
    client.write("from the client");
    expect(await read(origin, "client")).toBe("from the client");
    origin.write("from the origin");
    expect(await read(client, "origin")).toBe("from the origin");
  });

  it("loses nothing of what either side said too early", async () => {
    const origin = await startOrigin(`${grant}early origin`);
    const front = await bench.startFront({ originHttpPort: origin.port });
    const arrived = origin.next();
    const client = connect(front.port, "127.0.0.1");
    client.write(`${ask()}early client`);
    expect(await read(client, "early origin")).toMatch(/\r\n\r\nearly origin$/);
    expect(await read(await arrived, "early client")).toBe("early client");
    client.destroy();
  });

  it("ends for the origin when the client goes, and is reported once", async () => {
    const { front, client, origin } = await open();
    const outcome = front.nextOutcome();
    client.destroy();
    await once(origin.resume(), "close");
    expect(await outcome).toEqual({ status: 101, verdict: "ORIGIN_OK" });
    expect(front.outcomes).toHaveLength(1);
  });

  it("ends for the client when the origin goes, after its last words", async () => {
    const { client, origin } = await open();
    origin.end("bye");
    let heard = "";
    for await (const data of client) heard += data;
    expect(heard).toBe("bye");
  });

  it("ends for the client when the origin resets", async () => {
    const { client, origin } = await open();
    origin.resetAndDestroy();
    await once(client.resume(), "close");
  });

  it("ends when neither side says anything for the read time-out", async () => {
    const { client, origin } = await open({ readTimeoutMs: 150 });
    await Promise.all([once(client.resume(), "close"), once(origin.resume(), "close")]);
  });

  it("pauses a fast origin while the client takes nothing", async () => {
    const { client, origin } = await open();
    client.pause();
    let written = 0;
    const whole = 64 * 1_048_576;
    const more = () => {
      while (written < whole && origin.write(Buffer.alloc(65_536))) written += 65_536;
    };
    origin.on("drain", more);
    more();
    let last = -1;
    while (last !== written) {
      last = written;
      await new Promise((done) => setTimeout(done, 100));
    }
    expect(written).toBeLessThan(whole / 2);
    client.destroy();
  });
});

describe("an upgrade that is not granted", () => {
  it.each<[string, string, RegExp]>([
    [
      "an answer of the origin's",
      "HTTP/1.1 403 No\r\nContent-Length: 2\r\nX-Inner: 1\r\nConnection: X-Inner\r\n\r\nno",
      /^HTTP\/1.1 403 No\r\n[\s\S]*\r\n\r\nno$/,
    ],
    [
      "a redirect",
      "HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n",
      /^HTTP\/1.1 302 Found\r\n[\s\S]*location: \/login/,
    ],
    ["another protocol", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\nraw", /^HTTP\/1.1 502 /],
    ["rubbish", "hello\r\n\r\n", /^HTTP\/1.1 502 /],
    ["a control character in the reason phrase", "HTTP/1.1 403 N\x01o\r\nContent-Length: 0\r\n\r\n", /^HTTP\/1.1 502 /],
  ])("with %s ends in one answer and a closed connection", async (_name, says, expected) => {
    const origin = await startOrigin(says);
    const front = await bench.startFront({ originHttpPort: origin.port });
    const outcome = front.nextOutcome();
    const heard = await speak(front.port, `${ask()}GET /second HTTP/1.1\r\nHost: shop.test\r\n\r\n`);
    expect(heard).toMatch(expected);
    expect(heard).toMatch(/connection: close/i);
    expect(heard).not.toMatch(/x-inner|raw/i);
    expect(heard.match(/HTTP\/1.1 /g)).toHaveLength(1);
    await outcome;
    expect(origin.heads).toHaveLength(1);
  });

  it("is 502 when nobody listens, 504 when nobody answers", async () => {
    const gone = await bench.startFront({ originHttpPort: 1 });
    expect(await speak(gone.port, ask())).toMatch(/^HTTP\/1.1 502 /);
    const silent = await startOrigin("");
    const front = await bench.startFront({ originHttpPort: silent.port, readTimeoutMs: 100 });
    expect(await speak(front.port, ask())).toMatch(/^HTTP\/1.1 504 /);
    expect(front.outcomes).toMatchObject([{ status: 504, verdict: "ORIGIN_TIMEOUT" }]);
  });

  it("with a body, or by another method than GET, is 400 and reaches nobody", async () => {
    const origin = await startOrigin(grant);
    const front = await bench.startFront({ originHttpPort: origin.port });
    expect(await speak(front.port, ask("Content-Length: 5\r\n"))).toMatch(/^HTTP\/1.1 400 /);
    expect(await speak(front.port, ask().replace("GET", "POST"))).toMatch(/^HTTP\/1.1 400 /);
    expect(origin.heads).toEqual([]);
  });

  it("does not leave the connection open to a client that keeps its side open", async () => {
    const front = await bench.startFront({ originHttpPort: 1 });
    const client = connect({ port: front.port, host: "127.0.0.1", allowHalfOpen: true });
    client.write(ask());
    client.resume();
    await once(client, "end");
    const outcome = front.nextOutcome();
    expect(front.outcomes.length === 1 ? front.outcomes[0] : await outcome).toMatchObject({ status: 502 });
    client.destroy();
  });

  it("of a large answer is passed on at the client's pace", async () => {
    const whole = 64 * 1_048_576;
    let written = 0;
    const origin = await bench.startRaw((socket) => {
      socket.once("data", () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${whole}\r\n\r\n`);
        const more = () => {
          while (written < whole) {
            written += 65_536;
            if (!socket.write(Buffer.alloc(65_536))) return;
          }
        };
        socket.on("drain", more);
        more();
      });
    });
    const front = await bench.startFront({ originHttpPort: origin.port });
    const client = connect(front.port, "127.0.0.1").pause();
    client.write(ask());
    let last = -1;
    while (last !== written || written === 0) {
      last = written;
      await new Promise((done) => setTimeout(done, 100));
    }
    expect(written).toBeLessThan(whole / 2);
    let received = 0;
    client.on("data", (data) => (received += data.length)).resume();
    await once(client, "close");
    expect(received).toBeGreaterThan(whole);
  });
});
