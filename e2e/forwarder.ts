import { once } from "node:events";
import {
  createServer as createHttpServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { type ClientHttp2Session, connect as connectHttp2, createServer as createHttp2Server, type IncomingHttpHeaders } from "node:http2";
import { createServer as createHttpsServer, type ServerOptions } from "node:https";
import { type AddressInfo, connect, createServer as createNetServer, type Server as NetServer, type Socket } from "node:net";
import pino from "pino";
import type { CompiledSite } from "#lib/site/compiled-site.ts";
import { createDialer } from "#sensor/dialer.ts";
import { createStreamExchange } from "#sensor/exchange.ts";
import { createForwarder } from "#sensor/forward.ts";
import type { Outcome, Passage } from "#sensor/passage.ts";
import { createUpstream, type Upstream } from "#sensor/upstream.ts";

/** A compiled site that forwards in the clear to loopback, with `changes` laid over it. */
export function compiledSite(changes: Partial<CompiledSite> = {}): CompiledSite {
  return {
    hostName: "shop.test",
    names: ["shop.test"],
    isHttp2Enabled: false,
    tls: null,
    downstream: null,
    observation: null,
    upstream: null,
    isTerminateOnly: false,
    isHttpRedirected: false,
    origin: { kind: "addresses", addresses: ["127.0.0.1"] },
    originHttpPort: 80,
    originHttpsPort: 443,
    originTls: { isVerified: true, ca: undefined, serverName: "origin.test" },
    originAuthorities: [],
    maxBodySizeBytes: 1_048_576,
    readTimeoutMs: 5_000,
    sendTimeoutMs: 5_000,
    realIp: null,
    responseHeaders: [],
    warnings: [],
    ...changes,
  };
}

/** The listener's half of a site that speaks TLS; only that it is there matters to the forwarder. */
export const someTls: NonNullable<CompiledSite["tls"]> = {
  certificateChain: "",
  publicKey: Buffer.alloc(0),
  minVersion: "TLSv1.2",
  certificates: [],
};

export type Front = {
  port: number;
  outcomes: Outcome[];
  logged: Record<string, unknown>[];
  server: Server;
  upstream: Upstream;
  /** Resolves with the outcome of the request that ends next. */
  nextOutcome(): Promise<Outcome>;
  send(options?: SendOptions): Promise<Reply>;
};

export type SendOptions = {
  method?: string;
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  chunked?: boolean;
};
export type Reply = { status: number; headers: IncomingMessage["headers"]; body: string; phrase: string };

/** The forwarder behind a bare HTTP server: every request counts as admitted. Call `close` of the bench when done. */
export function createBench() {
  const closers: (() => unknown)[] = [];
  return {
    startFront,
    startServer,
    startRaw,
    async close() {
      for (const close of closers.splice(0).reverse()) await close();
    },
  };

  async function startFront(
    changes: Partial<CompiledSite>,
    options: {
      passage?: Partial<Passage>;
      key?: string;
      resolve?: (name: string) => Promise<string[]>;
      productPorts?: number[];
      isHttp2?: boolean;
    } = {},
  ): Promise<Front> {
    const compiled = compiledSite(changes);
    const { resolve, productPorts = [] } = options;
    const dialer = createDialer({ originAllow: ["127.0.0.0/8", "::1/128"], productPorts: () => productPorts, resolve });
    const upstream = createUpstream({ compiled, upstreamKey: options.key ?? null, dialer });
    const logged: Record<string, unknown>[] = [];
    const log = pino({ level: "debug" }, { write: (line: string) => logged.push(JSON.parse(line)) });
    const forwarder = createForwarder({ log, stallMs: 60_000 });
    const outcomes: Outcome[] = [];
    const waiting: ((outcome: Outcome) => void)[] = [];
    const passageOf = (request: IncomingMessage): Passage => ({
      requestId: "0123-request",
      siteId: "site-1",
      revision: 1,
      compiled,
      upstream,
      scheme: "https",
      clientAddress: (request.socket.remoteAddress ?? "").replace("::ffff:", ""),
      publicPort: 8443,
      onDone: (outcome) => {
        outcomes.push(outcome);
        waiting.shift()?.(outcome);
      },
      ...options.passage,
    });
    const web = (request: IncomingMessage, response: ServerResponse) => forwarder.web(request, response, passageOf(request));
    const server = options.isHttp2 ? createStreamServer(web) : createHttpServer(web);
    server.on("checkContinue", (request, response) => {
      response.writeContinue();
      forwarder.web(request, response, passageOf(request));
    });
    server.on("upgrade", (request, socket, head) => forwarder.upgrade(request, socket, head, passageOf(request)));
    const port = await listen(server);
    closers.push(() => upstream.destroy());
    return {
      port,
      outcomes,
      logged,
      server,
      upstream,
      nextOutcome: () => new Promise((done) => waiting.push(done)),
      send: options.isHttp2 ? createStreamSender(port, closers) : (wanted) => send(port, wanted),
    };
  }

  /** An origin; with `tls` it speaks HTTPS. */
  async function startServer(listener: RequestListener, tls?: ServerOptions): Promise<{ port: number; server: Server }> {
    const server = tls === undefined ? createHttpServer(listener) : (createHttpsServer(tls, listener) as unknown as Server);
    server.on("tlsClientError", () => {});
    return { server, port: await listen(server) };
  }

  /** An origin that speaks whatever the test likes. */
  async function startRaw(onSocket: (socket: Socket) => void): Promise<{ port: number; server: NetServer }> {
    const server = createNetServer((socket) => {
      socket.on("error", () => {});
      onSocket(socket);
    });
    return { server, port: await listen(server) };
  }

  async function listen(server: NetServer): Promise<number> {
    const sockets = new Set<Socket>();
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    closers.push(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    });
    return (server.address() as AddressInfo).port;
  }
}

async function send(port: number, { method = "GET", path = "/", headers = {}, body, chunked = false }: SendOptions = {}): Promise<Reply> {
  const outgoing = httpRequest({
    port,
    host: "127.0.0.1",
    method,
    path,
    agent: false,
    headers: {
      host: "shop.test",
      ...headers,
      ...(body === undefined ? {} : chunked ? { "transfer-encoding": "chunked" } : { "content-length": Buffer.byteLength(body) }),
    },
  });
  // Told by the awaited response; what comes after it concerns nobody.
  outgoing.on("error", () => {});
  outgoing.end(body);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of incoming) text += chunk;
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: text, phrase: incoming.statusMessage ?? "" };
}

/** A server of HTTP/2 in the clear, whose requests look to the forwarder as they do behind the gate. */
function createStreamServer(web: (request: IncomingMessage, response: ServerResponse) => void): Server {
  return createHttp2Server((request, response) => {
    const exchange = createStreamExchange(request, response, "request");
    web(exchange.request, exchange.response);
  }) as unknown as Server;
}

/** Sends every request as a stream of one HTTP/2 connection; a broken stream rejects. */
function createStreamSender(port: number, closers: (() => unknown)[]): (options?: SendOptions) => Promise<Reply> {
  let session: ClientHttp2Session | null = null;
  closers.push(() => session?.destroy());
  return async ({ method = "GET", path = "/", headers = {}, body, chunked = false } = {}) => {
    session ??= connectHttp2(`http://127.0.0.1:${port}`).on("error", () => {});
    const length = body === undefined || chunked ? {} : { "content-length": Buffer.byteLength(body) };
    const pseudo = { ":method": method, ":path": path, ":scheme": "https", ":authority": "shop.test" };
    const stream = session.request({ ...pseudo, ...headers, ...length }, { endStream: body === undefined });
    stream.on("error", () => {});
    if (body !== undefined) stream.end(body);
    const [given] = (await once(stream, "response")) as [IncomingHttpHeaders & { ":status"?: number }];
    let text = "";
    for await (const chunk of stream.setEncoding("utf8")) text += chunk;
    if (stream.rstCode !== 0) throw new Error(`The stream was reset with ${stream.rstCode}.`);
    return { status: given[":status"] ?? 0, headers: given, body: text, phrase: "" };
  };
}

/** Writes bytes as they are and answers everything the server said until it closed, or until `isEnough` says so. */
export async function speak(port: number, text: string | Buffer, isEnough: (heard: string) => boolean = () => false): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(text);
  let heard = "";
  for await (const chunk of socket.setEncoding("latin1")) {
    heard += chunk;
    if (isEnough(heard)) break;
  }
  socket.destroy();
  return heard;
}
