import { once } from "node:events";
import { type AddressInfo, connect as connectPlain, createServer, type Server, type Socket } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import type { Identity } from "#e2e/pki/authority.ts";

export type Reply = { status: number; headers: Record<string, string>; body: string };

export type ClientOptions = ConnectionOptions & {
  port: number;
  servername: string;
  /** Comes from this address of loopback, as another client. */
  localAddress?: string;
  client?: Identity;
  /** Certificates sent behind the client's own. */
  chain?: Identity[];
  version?: "TLSv1.2" | "TLSv1.3";
  /** The name in the hello, where it is another than that of the session: Node's own client would not offer the session then. */
  sentName?: string;
};

/** A client that says exactly what it is told and reads answers one by one; the opposite of a polite HTTP library. */
export type RawClient<Stream extends Socket = Socket> = {
  readonly socket: Stream;
  send(text: string): void;
  /** The next whole answer; rejects when the connection ends before it. */
  reply(): Promise<Reply>;
  get(path: string, host: string, headers?: Record<string, string>): Promise<Reply>;
  /** Resolves when the connection is over, with the error's code when there was one. */
  readonly closed: Promise<string | null>;
  isClosed(): boolean;
};

/** A TLS connection to the sensor; rejects with the TLS error, an alert's name among others. */
export async function openTls(options: ClientOptions): Promise<RawClient<TLSSocket>> {
  const { client, chain = [], version, sentName, ...rest } = options;
  const identity = client && { cert: [client, ...chain].map(({ certificate }) => certificate).join(""), key: client.key };
  const versions = version && { minVersion: version, maxVersion: version };
  const socket = connect({ host: "127.0.0.1", rejectUnauthorized: false, ...identity, ...versions, ...rest });
  if (sentName !== undefined) sayName(socket, sentName);
  const raw = createRawClient(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("closed before the handshake's end")));
  });
  return raw;
}

/** Node has the method and its documentation, its types do not. */
function sayName(socket: TLSSocket, name: string): void {
  (socket as TLSSocket & { setServername(name: string): void }).setServername(name);
}

export async function openPlain(port: number, localAddress?: string): Promise<RawClient> {
  const socket = connectPlain({ host: "127.0.0.1", port, ...(localAddress && { localAddress }) });
  const raw = createRawClient(socket);
  // A connection over a limit is reset before it is heard of.
  await Promise.race([new Promise((resolve) => socket.once("connect", resolve)), raw.closed]);
  return raw;
}

/** One request on a connection of its own. */
export async function fetchTls(
  options: ClientOptions & { host?: string; path?: string; headers?: Record<string, string> },
): Promise<Reply> {
  const { host = options.servername, path = "/", headers, ...rest } = options;
  const client = await openTls(rest);
  try {
    return await client.get(path, host, headers);
  } finally {
    client.socket.destroy();
  }
}

/** The bytes this Node's own TLS client opens a connection with: nobody's hand-made hello. */
export async function recordHello(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer();
  const client = connect({ host: "127.0.0.1", port: await listenLocally(server), ...options });
  client.on("error", () => {});
  const [socket] = (await once(server, "connection")) as [Socket];
  const [bytes] = await once(socket, "data");
  client.destroy();
  socket.destroy();
  server.close();
  return bytes;
}

/** Listens on a free port of the loopback address and answers it. */
export async function listenLocally(server: Server): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

function createRawClient<Stream extends Socket>(socket: Stream): RawClient<Stream> {
  let received = "";
  let code: string | null = null;
  let isOver = false;
  let wake = () => {};
  socket.setEncoding("latin1");
  socket.on("data", (text: string) => {
    received += text;
    wake();
  });
  socket.on("error", (error: NodeJS.ErrnoException) => {
    code = error.code ?? error.message;
  });
  const closed = new Promise<string | null>((resolve) => {
    socket.once("close", () => {
      isOver = true;
      wake();
      resolve(code);
    });
  });

  const send = (text: string) => void socket.write(text);
  return { socket, send, reply, get, closed, isClosed: () => isOver };

  async function reply(): Promise<Reply> {
    for (;;) {
      const parsed = takeReply();
      if (parsed !== null) return parsed;
      if (isOver) throw new Error(`closed without an answer (${code ?? "end"}): ${received.slice(0, 80)}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  function get(path: string, host: string, headers: Record<string, string> = {}): Promise<Reply> {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    send(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${lines.join("")}\r\n`);
    return reply();
  }

  function takeReply(): Reply | null {
    const end = received.indexOf("\r\n\r\n");
    if (end === -1) return null;
    const [first = "", ...lines] = received.slice(0, end).split("\r\n");
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    const status = Number(first.split(" ")[1]);
    const length = status < 200 ? 0 : Number(headers["content-length"] ?? 0);
    if (received.length < end + 4 + length) return null;
    const body = received.slice(end + 4, end + 4 + length);
    received = received.slice(end + 4 + length);
    return { status, headers, body };
  }
}
