import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createBench, speak } from "#e2e/forwarder.ts";

const bench = createBench();
const uncaught: unknown[] = [];
const note = (error: unknown) => uncaught.push(error);

beforeEach(() => {
  uncaught.length = 0;
  process.on("uncaughtExceptionMonitor", note);
});

afterEach(async () => {
  await bench.close();
  await new Promise(setImmediate);
  process.off("uncaughtExceptionMonitor", note);
  expect(uncaught).toEqual([]);
});

const protocols = [
  ["HTTP/1.1", false],
  ["HTTP/2", true],
] as const;

/** A site whose origin answers the first bytes of every connection with `says`, then does `after`. */
async function facing(says: string | Buffer, after: (socket: Socket) => void = (socket) => socket.end(), isHttp2 = false) {
  const origin = await bench.startRaw((socket) => {
    socket.once("data", () => socket.write(says, "latin1", () => after(socket)));
  });
  return bench.startFront({ originHttpPort: origin.port }, { isHttp2 });
}

const head = "HTTP/1.1 200 OK\r\n";

describe.each(protocols)("an origin that speaks no HTTP, before a client of %s,", (_protocol, isHttp2) => {
  it.each<[string, string]>([
    ["nothing at all", ""],
    ["rubbish", "hello there\r\n\r\n"],
    ["another protocol", "SSH-2.0-OpenSSH_9.9\r\n"],
    ["half a head", "HTTP/1.1 200 OK\r\nContent-Le"],
    ["two lengths", `${head}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`],
    ["a length and chunks", `${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["chunks and a length", `${head}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n`],
    ["a negative length", `${head}Content-Length: -1\r\n\r\n`],
    ["a length with a sign", `${head}Content-Length: +2\r\n\r\nok`],
    ["a length that is a list", `${head}Content-Length: 2, 2\r\n\r\nok`],
    ["a length beyond all numbers", `${head}Content-Length: 99999999999999999999\r\n\r\nok`],
    ["a transfer coding nobody asked for", `${head}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ["a transfer coding without chunks", `${head}Transfer-Encoding: gzip\r\n\r\nok`],
    ["chunks twice", `${head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["chunks in HTTP/1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a header name with a space", `${head}X A: 1\r\nContent-Length: 0\r\n\r\n`],
    ["a space behind a header name", `${head}Content-Length : 2\r\n\r\nok`],
    ["a control character in a header name", `${head}X\x01A: 1\r\nContent-Length: 0\r\n\r\n`],
    ["a control character in a header", `${head}X: a\x01b\r\nContent-Length: 0\r\n\r\n`],
    ["a bare carriage return in a header", `${head}X: a\rSet-Cookie: b\r\nContent-Length: 0\r\n\r\n`],
    ["a bare line feed in a header", `${head}X: a\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n`],
    ["a folded header", `${head}X: a\r\n\tb\r\nContent-Length: 0\r\n\r\n`],
    ["a pseudo-header", `${head}:status: 204\r\nContent-Length: 0\r\n\r\n`],
    ["HTTP/2 in the clear", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n"],
    ["frames of HTTP/2", "\0\0\0\x04\0\0\0\0\0"],
    ["a TLS alert", "\x15\x03\x03\0\x02\x02\x28"],
    ["another request", "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n"],
    ["a control character in its reason phrase", "HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n"],
    ["a bare carriage return in its reason phrase", "HTTP/1.1 200 O\rK: x\r\nContent-Length: 0\r\n\r\n"],
    ["a NUL in a header", `${head}X: a\0b\r\nContent-Length: 0\r\n\r\n`],
    ["a header without a name", `${head}: x\r\nContent-Length: 0\r\n\r\n`],
    ["a status below any class", "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n"],
    ["a status of no digits", "HTTP/1.1 abc OK\r\n\r\n"],
    ["101 to a request that asked for no upgrade", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
    ["a head without end", `${head}X: ${"a".repeat(100_000)}`],
    ["headers without end", head + "X-A: 1\r\n".repeat(20_000)],
    ["101 for a protocol of its own", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"],
    ["101 without a word of what", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["100 and nothing more", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["interim answers without end", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(500)],
  ])("but %s is answered with 502", async (_name, says) => {
    const front = await facing(says, undefined, isHttp2);
    const reply = await front.send({ headers: { accept: "application/json" } });
    expect(reply).toMatchObject({ status: 502, headers: { "x-request-id": "0123-request", "content-type": "application/problem+json" } });
    expect(JSON.parse(reply.body)).toMatchObject({ status: 502, title: "Bad Gateway" });
    expect(reply.body).toContain("0123-request");
    expect(front.outcomes).toMatchObject([{ status: 502, verdict: "ORIGIN_PROTOCOL_ERROR", reason: expect.any(String) }]);
    expect(await front.send()).toMatchObject({ status: 502 });
  });
});

describe.each(protocols)("an origin that breaks off, before a client of %s,", (_protocol, isHttp2) => {
  it.each<[string, string]>([
    ["a body of known length", `${head}Content-Length: 100\r\n\r\nhalf`],
    ["a chunked body", `${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`],
    ["a chunk", `${head}Transfer-Encoding: chunked\r\n\r\nff\r\nhalf`],
    ["a chunked body with a faulty chunk", `${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n`],
    ["a chunk longer than it says", `${head}Transfer-Encoding: chunked\r\n\r\n2\r\nhalf\r\n0\r\n\r\n`],
    ["a chunk's size, which has no end", `${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n${"0".repeat(50_000)}`],
    ["a chunk's size beyond all numbers", `${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n${"f".repeat(20)}\r\n`],
    ["a chunk's extension, which has no end", `${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n5;${"a".repeat(100_000)}`],
    ["many small extensions", `${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n${"1;a=b\r\nx\r\n".repeat(20_000)}`],
    ["trailers, which have no end", `${head}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n${"X-A: 1\r\n".repeat(20_000)}`],
  ])("in %s: the client cannot take the part for the whole", async (_name, says) => {
    for (const after of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
      const front = await facing(says, after, isHttp2);
      const outcome = front.nextOutcome();
      await expect(front.send()).rejects.toThrow();
      expect(await outcome).toMatchObject({ status: 200, verdict: "ORIGIN_PROTOCOL_ERROR" });
    }
  });

  it("before any answer, with a reset", async () => {
    const front = await facing("", (socket) => socket.resetAndDestroy(), isHttp2);
    expect(await front.send()).toMatchObject({ status: 502 });
    expect(front.outcomes).toMatchObject([{ verdict: "ORIGIN_PROTOCOL_ERROR" }]);
  });

  it("while a body is still on its way to it", async () => {
    const front = await facing("", (socket) => socket.resetAndDestroy(), isHttp2);
    expect(await front.send({ method: "POST", body: Buffer.alloc(500_000) })).toMatchObject({ status: 502 });
    expect(await front.send({ method: "POST", body: "again" })).toMatchObject({ status: 502 });
  });
});

describe.each(protocols)("an origin that says more than it was asked, before a client of %s,", (_protocol, isHttp2) => {
  const poison = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";

  it("cannot answer the next client's request in advance", async () => {
    const front = await facing(`${head}Content-Length: 2\r\nConnection: keep-alive\r\n\r\nok${poison}`, () => {}, isHttp2);
    for (let round = 0; round < 3; round++) expect(await front.send()).toMatchObject({ status: 200, body: "ok" });
  });

  it("nor a moment later, when the connection waits for its next request", async () => {
    let late = Promise.resolve();
    const first = `${head}Content-Length: 2\r\nConnection: keep-alive\r\n\r\nok`;
    const say = (socket: Socket) => {
      late = new Promise((said) => setImmediate(() => socket.write(poison, () => said())));
    };
    const front = await facing(first, say, isHttp2);
    for (let round = 0; round < 3; round++) {
      expect(await front.send()).toMatchObject({ status: 200, body: "ok" });
      await late;
    }
  });

  it.each([
    ["HEAD", "HTTP/1.1 200 OK", 200],
    ["GET", "HTTP/1.1 204 No Content", 204],
    ["GET", "HTTP/1.1 304 Not Modified", 304],
  ])("is not listened to after an answer to %s that begins with %s and has no body", async (method, line, status) => {
    const front = await facing(`${line}\r\nContent-Length: 6\r\nConnection: keep-alive\r\n\r\npoison${poison}`, () => {}, isHttp2);
    for (let round = 0; round < 3; round++) expect(await front.send({ method })).toMatchObject({ status, body: "" });
  });
});

describe("an origin that says more than it was asked", () => {
  it("cannot split the head it writes to the client", async () => {
    const front = await facing(`${head}X-A: 1\r\nSet-Cookie: a=1\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\n\r\nbody`);
    const heard = await speak(front.port, "GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n");
    expect(heard.split("\r\n\r\n", 1)[0]?.match(/HTTP\/1.1/g)).toHaveLength(1);
  });
});

describe.each(protocols)("an origin that takes its time, before a client of %s,", (_protocol, isHttp2) => {
  /** Says one byte after the other until the connection is over. */
  const trickle = (text: string) => (socket: Socket) => {
    let at = 0;
    const timer = setInterval(() => socket.write(text[at++ % text.length] ?? "", "latin1"), 5);
    socket.once("close", () => clearInterval(timer));
  };

  it.each([
    ["a head byte by byte", head + "X-A: 1\r\n".repeat(100)],
    ["interim answers byte by byte", "HTTP/1.1 102 Processing\r\n\r\n"],
  ])("and sends %s is cut off by the read time-out, however often it speaks", async (_what, text) => {
    const origin = await bench.startRaw((socket) => void socket.once("data", () => trickle(text)(socket)));
    const front = await bench.startFront({ originHttpPort: origin.port, readTimeoutMs: 150 }, { isHttp2 });
    expect(await front.send()).toMatchObject({ status: 504 });
    expect(front.outcomes).toMatchObject([{ status: 504, verdict: "ORIGIN_TIMEOUT" }]);
  });

  it("may answer before it has the whole request, and the next one gets its own answer", async () => {
    const origin = await bench.startServer((request, response) => {
      if (request.method === "POST") response.writeHead(401).end("no");
      else response.end("next");
    });
    const front = await bench.startFront({ originHttpPort: origin.port }, { isHttp2 });
    expect(await front.send({ method: "POST", body: "x".repeat(200_000) })).toMatchObject({ status: 401, body: "no" });
    for (let round = 0; round < 3; round++) expect(await front.send()).toMatchObject({ status: 200, body: "next" });
  });
});

describe("an origin that cannot be reached", () => {
  it("because nobody listens is answered with 502", async () => {
    const front = await bench.startFront({ originHttpPort: 1 });
    expect(await front.send()).toMatchObject({ status: 502 });
    expect(front.outcomes).toMatchObject([{ verdict: "ORIGIN_UNREACHABLE" }]);
  });

  it("because it is the product itself is answered with 502, and the reason stays in the log", async () => {
    const origin = await bench.startServer((_request, response) => response.end("console"));
    const front = await bench.startFront({ originHttpPort: origin.port }, { productPorts: [origin.port] });
    const reply = await front.send();
    expect(reply.status).toBe(502);
    expect(reply.body).not.toContain("127.0.0.1");
    expect(front.outcomes).toMatchObject([{ verdict: "ORIGIN_UNREACHABLE", reason: expect.stringContaining("product's own ports") }]);
  });

  it("because its name has no address is answered with 502", async () => {
    const front = await bench.startFront(
      { origin: { kind: "host", hostName: "origin.test" } },
      { resolve: () => Promise.reject(Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" })) },
    );
    expect(await front.send()).toMatchObject({ status: 502 });
    expect(front.outcomes).toMatchObject([{ verdict: "ORIGIN_UNREACHABLE" }]);
  });

  it("at its first address is found at its next", async () => {
    const origin = await bench.startServer((_request, response) => response.end("second"));
    const front = await bench.startFront({
      originHttpPort: origin.port,
      origin: { kind: "addresses", addresses: ["127.0.0.2", "127.0.0.1"] },
    });
    expect(await front.send({ method: "POST", body: "once" })).toMatchObject({ status: 200, body: "second" });
  });
});
