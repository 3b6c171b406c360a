import { once } from "node:events";
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent, type RequestOptions, request } from "node:https";
import type { Identity } from "#e2e/pki/authority.ts";

export type Answer = { status: number; headers: IncomingMessage["headers"]; body: string; remotePort: number | undefined };

export type Call = {
  port: number;
  hostName: string;
  path?: string;
  ca: string;
  client?: Identity | null;
  /** Whether the sensor's own certificate is judged; on unless a test is about one that has expired. */
  isSensorVerified?: boolean;
  agent?: Agent;
  method?: string;
  body?: string;
};

/** One HTTPS request through the sensor, on a connection of its own unless an agent is given. Rejects with the TLS error. */
export function call({
  port,
  hostName,
  path = "/",
  ca,
  client,
  isSensorVerified = true,
  agent,
  method = "GET",
  body,
}: Call): Promise<Answer> {
  return perform(
    request({
      host: "127.0.0.1",
      port,
      path,
      method,
      servername: hostName,
      ca,
      cert: client?.certificate,
      key: client?.key,
      rejectUnauthorized: isSensorVerified,
      agent: agent ?? new Agent({ keepAlive: false, maxCachedSessions: 0 }),
      headers: { host: `${hostName}:${port}`, accept: "application/json" },
    } satisfies RequestOptions),
    body,
  );
}

/** One request over plain HTTP. */
export function callPlain({ port, hostName, path = "/" }: { port: number; hostName: string; path?: string }): Promise<Answer> {
  return perform(
    requestHttp({ host: "127.0.0.1", port, path, agent: new HttpAgent({ keepAlive: false }), headers: { host: `${hostName}:${port}` } }),
  );
}

/** An agent that keeps one connection alive, so that a test can see what becomes of it. */
export function keepAliveAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1, maxCachedSessions: 0 });
}

async function perform(outgoing: ReturnType<typeof request>, body?: string): Promise<Answer> {
  outgoing.end(body);
  const [incoming] = (await once(outgoing, "response")) as [IncomingMessage];
  const remotePort = incoming.socket.localPort;
  let text = "";
  incoming.setEncoding("utf8");
  for await (const chunk of incoming) text += chunk;
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: text, remotePort };
}
