import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { createBench, someTls } from "#e2e/forwarder.ts";
import { createCertificate, type Identity } from "#e2e/pki/authority.ts";

const bench = createBench();
let identity: Identity;
beforeAll(async () => {
  identity = await createCertificate({ names: ["origin.test"] });
});
afterEach(() => bench.close());

const protocols = [
  ["HTTP/1.1", false],
  ["HTTP/2", true],
] as const;

type Origin = { port: number; seen: string[]; heard: string; open: Socket[]; bare: Socket[]; holdUntil: number };
type Script = { says?: string; onSecond?: (socket: Socket) => unknown; tls?: Identity };

/** Answers every request with the headers it is given and does `onSecond` at a connection's second one. */
async function startOrigin({ says = "", onSecond, tls }: Script = {}): Promise<Origin> {
  const waiting: (() => void)[] = [];
  const origin: Origin = { port: 0, seen: [], heard: "", open: [], bare: [], holdUntil: 1 };
  const { port } = await bench.startRaw((bare) => {
    const socket = tls === undefined ? bare : new TLSSocket(bare, { isServer: true, cert: tls.certificate, key: tls.key });
    socket.on("error", () => {});
    origin.open.push(socket);
    origin.bare.push(bare);
    let requests = 0;
    socket.on("data", (data) => {
      origin.heard += data.toString("latin1");
      const method = /^([A-Z]+) /.exec(data.toString("latin1"))?.[1];
      if (method === undefined) return;
      origin.seen.push(method);
      requests += 1;
      if (requests > 1 && onSecond !== undefined) return onSecond(socket);
      waiting.push(() => socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${says}\r\n`));
      if (waiting.length >= origin.holdUntil) for (const answer of waiting.splice(0)) answer();
    });
  });
  return Object.assign(origin, { port });
}

/** Leaves `count` idle connections in the site's pool: none is answered before all are open. */
async function keep(origin: Origin, count: number, send: () => Promise<unknown>): Promise<void> {
  origin.holdUntil = count;
  await send();
  expect(origin.open).toHaveLength(count);
  Object.assign(origin, { holdUntil: 1, seen: [] });
}

const reset = (socket: Socket) => socket.resetAndDestroy();

describe.each(protocols)("to a client of %s, a kept connection that is reset by its next request", (_name, isHttp2) => {
  it.each(["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])("costs no %s", async (method) => {
    const origin = await startOrigin({ onSecond: reset });
    const front = await bench.startFront({ originHttpPort: origin.port }, { isHttp2 });
    for (let round = 0; round < 4; round++) expect(await front.send({ method })).toMatchObject({ status: 200 });
  });

  // A proxy must not send these twice (RFC 9110 §9.2.2): the origin may have acted before it went.
  it.each(["POST", "PATCH"])("costs a %s, which is sent once", async (method) => {
    const origin = await startOrigin({ onSecond: reset });
    const front = await bench.startFront({ originHttpPort: origin.port }, { isHttp2 });
    await keep(origin, 1, front.send);
    expect(await front.send({ method })).toMatchObject({ status: 502 });
    expect(origin.seen).toEqual([method]);
  });

  it("costs a request whose body is on its way, for the body is gone", async () => {
    const origin = await startOrigin({ onSecond: reset });
    const front = await bench.startFront({ originHttpPort: origin.port }, { isHttp2 });
    await keep(origin, 1, front.send);
    expect(await front.send({ method: "PUT", body: "x" })).toMatchObject({ status: 502 });
    expect(origin.seen).toEqual(["PUT"]);
  });
});

it("a request is repeated once and not for ever", async () => {
  let requests = 0;
  const { port } = await bench.startRaw((socket) => {
    socket.on("data", () => {
      requests += 1;
      if (requests === 1) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      else reset(socket);
    });
  });
  const front = await bench.startFront({ originHttpPort: port });
  expect(await front.send()).toMatchObject({ status: 200 });
  expect(await front.send()).toMatchObject({ status: 502 });
  expect(requests).toBe(3);
});

const endings: [string, (origin: Origin) => unknown][] = [
  ["closes", ({ open }) => open.map((socket) => socket.destroy())],
  ["ends", ({ open }) => open.map((socket) => socket.end())],
  ["resets", ({ bare }) => bare.map(reset)],
  // Node's pool looks for a dead connection at its beginning and takes from its end.
  ["closes all but the first of", ({ open }) => open.slice(1).map((socket) => socket.destroy())],
];

describe.each(endings)("an origin that %s its fifty kept connections", (_how, end) => {
  const repeatable = ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"].map((method) => `${method} / HTTP/1.1\r\nHost: shop.test\r\n\r\n`);
  const unrepeatable = [
    "POST / HTTP/1.1\r\nHost: shop.test\r\n\r\n",
    "PATCH / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 4\r\n\r\nonce",
    "PUT / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nonce\r\n0\r\n\r\n",
  ];

  it.each([
    ["that may be repeated", repeatable, false],
    ["that may be repeated, over TLS", repeatable, true],
    ["that may not be repeated, or could not, since nothing of it was sent", unrepeatable, false],
    ["that may not be repeated, over TLS", unrepeatable, true],
  ])("costs no request %s", async (_kind, texts, isTls) => {
    const origin = await startOrigin(isTls ? { tls: identity } : {});
    const secured = {
      tls: someTls,
      originHttpsPort: origin.port,
      originTls: { isVerified: false, ca: undefined, serverName: "origin.test" },
    };
    const front = await bench.startFront(isTls ? secured : { originHttpPort: origin.port });
    const clients = Array.from({ length: 50 }, () => connect(front.port, "127.0.0.1").on("error", () => {}));
    await keep(origin, 50, () => Promise.all(clients.map((client) => ask(client, repeatable[0]))));
    // The requests are there first: whoever reads them in order has not yet read that the connections are gone.
    const statuses = clients.map((client, at) => ask(client, texts[at % texts.length]));
    end(origin);
    expect(await Promise.all(statuses)).toEqual(Array(50).fill("HTTP/1.1 200"));
    if (texts === repeatable) return;
    expect(origin.seen).toHaveLength(50);
    await expect.poll(() => origin.heard.match(/once/g)).toHaveLength(33);
  });

  it("costs no stream of an HTTP/2 client", async () => {
    const origin = await startOrigin();
    const front = await bench.startFront({ originHttpPort: origin.port }, { isHttp2: true });
    await keep(origin, 50, () => Promise.all(Array.from({ length: 50 }, () => front.send())));
    await new Promise(setImmediate);
    const sent = Array.from({ length: 50 }, (_, at) => front.send(at % 2 === 0 ? { method: "GET" } : { method: "POST", body: "once" }));
    // HTTP/2 writes its frames at the end of the turn.
    await new Promise(setImmediate);
    end(origin);
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(origin.seen.filter((method) => method === "POST")).toHaveLength(25);
  });
});

/** Writes at once, and answers the status line's beginning. */
async function ask(client: Socket, text = ""): Promise<string> {
  client.write(text);
  const [data] = (await once(client, "data")) as [Buffer];
  return data.toString("latin1", 0, 12);
}

describe("a connection is kept", () => {
  it("for as long as the origin says it will keep it, less a second", async () => {
    const origin = await startOrigin({ says: "Keep-Alive: timeout=2, max=100\r\n" });
    const front = await bench.startFront({ originHttpPort: origin.port });
    await front.send();
    await front.send();
    expect(origin.open).toHaveLength(1);
    await expect.poll(() => origin.open[0]?.readableEnded, { timeout: 3_000 }).toBe(true);
    expect(await front.send({ method: "POST" })).toMatchObject({ status: 200 });
    expect(origin.open).toHaveLength(2);
  });

  it.each([
    ["closes it after the answer", "Connection: close\r\n"],
    ["keeps it for a second only", "Keep-Alive: timeout=1\r\n"],
  ])("for no other request when the origin says that it %s", async (_how, says) => {
    const origin = await startOrigin({ says });
    const front = await bench.startFront({ originHttpPort: origin.port });
    for (let round = 0; round < 3; round++) expect(await front.send({ method: "POST" })).toMatchObject({ status: 200 });
    expect(origin.open).toHaveLength(3);
  });
});

it("a connection given back after an early answer is not destroyed by the client that had it before", async () => {
  let heard = "";
  const sockets: Socket[] = [];
  const { port } = await bench.startRaw((socket) => {
    sockets.push(socket);
    socket.on("data", (data) => {
      const text = data.toString("latin1");
      heard += text;
      // More than the window of a client that reads nothing, and whole before the request is.
      if (text.startsWith("POST")) socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n${"x".repeat(100_000)}`);
    });
  });
  const front = await bench.startFront({ originHttpPort: port }, { isHttp2: true });
  const session = connectHttp2(`http://127.0.0.1:${front.port}`).on("error", () => {});
  const ask = (method: string, more: object, endStream: boolean) =>
    session.request({ ":method": method, ":path": "/", ":scheme": "https", ":authority": "shop.test", ...more }, { endStream });
  const former = ask("POST", { "content-length": 10 }, false).on("error", () => {});
  former.write("hello");
  await once(former, "response");
  former.end("world");
  await expect.poll(() => heard).toMatch(/world$/);
  const next = ask("GET", {}, true);
  await expect.poll(() => heard).toMatch(/GET \/ HTTP/);
  expect(sockets, "the same connection").toHaveLength(1);
  const outcome = front.nextOutcome();
  former.close(8);
  await outcome;
  const answered = once(next, "response");
  sockets[0]?.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  expect((await answered)[0]).toMatchObject({ ":status": 200 });
  session.destroy();
});

it("a connection that ends while a request waits for the first of its body costs no request, whatever the method", async () => {
  const origin = await startOrigin();
  const front = await bench.startFront({ originHttpPort: origin.port });
  await keep(origin, 1, front.send);
  const client = connect(front.port, "127.0.0.1").on("error", () => {});
  const taken = once(front.server, "request");
  client.write("POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 4\r\n\r\n");
  await taken;
  await new Promise(setImmediate);
  origin.open[0]?.destroy();
  await expect.poll(() => origin.open, { message: "it is dialled anew" }).toHaveLength(2);
  expect(await ask(client, "once")).toBe("HTTP/1.1 200");
  expect(origin.seen).toEqual(["POST"]);
  client.destroy();
});
