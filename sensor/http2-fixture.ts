import { once } from "node:events";
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  connect as connectHttp2,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import { connect } from "node:tls";
import type { ClientOptions } from "#sensor/client-fixture.ts";

/** How a stream went; `rstCode` is 0 when it ended by itself or with NO_ERROR. */
export type Answer = { status: number | null; body: string; headers: IncomingHttpHeaders; rstCode: number; isWhole: boolean };

/** Node's own HTTP/2 client, connected to the sensor; the caller destroys it. */
export async function openSession({
  port,
  servername,
  client,
  ...options
}: ClientOptions & { settings?: ClientSessionOptions["settings"] }): Promise<ClientHttp2Session> {
  const credentials = client && { cert: client.certificate, key: client.key };
  const tls = { host: "127.0.0.1", port, servername, rejectUnauthorized: false, ALPNProtocols: ["h2"], ...credentials };
  const session = connectHttp2(`https://${servername}`, { createConnection: () => connect(tls), settings: options.settings });
  session.on("error", () => {});
  await once(session, "connect");
  return session;
}

/** Reads a stream to its end, whatever the end is. */
export async function finish(stream: ClientHttp2Stream): Promise<Answer> {
  let headers: IncomingHttpHeaders & { ":status"?: number } = {};
  let body = "";
  let isWhole = false;
  stream.on("response", (given) => {
    headers = given;
  });
  stream.setEncoding("utf8").on("data", (text) => {
    body += text;
  });
  stream.once("end", () => {
    isWhole = !stream.aborted;
  });
  stream.on("error", () => {});
  if (!stream.closed) await new Promise((resolve) => stream.once("close", resolve));
  return { status: headers[":status"] ?? null, body, headers, rstCode: stream.rstCode ?? 0, isWhole };
}

/** One request without a body. */
export function ask(session: ClientHttp2Session, headers: OutgoingHttpHeaders = {}): Promise<Answer> {
  return finish(session.request({ ":path": "/", ...headers }));
}
