import { randomUUID } from "node:crypto";
import type { IncomingMessage, RequestListener } from "node:http";
import type { ServerOptions } from "node:https";
import { onTestFinished } from "vitest";
import { createBench } from "#e2e/forwarder.ts";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { createDialer, type DialerOptions } from "#sensor/dialer.ts";
import { createWebhookCaller } from "#sensor/webhook.ts";

export const webhookAuthority = await createAuthority({ commonName: "Hook CA" });

/** What a receiver got: the head, and the body as text. */
export type Received = { request: IncomingMessage; body: string };

/** For tests: an https receiver for hooks.test on loopback; it remembers every request and answers as told. */
export async function startReceiver(
  answer: RequestListener = (_, response) => void response.writeHead(204).end(),
  tls: ServerOptions = {},
) {
  const bench = createBench();
  onTestFinished(() => bench.close());
  const own = await createServer(webhookAuthority, ["hooks.test"]);
  const received: Received[] = [];
  const { server, port } = await bench.startServer(
    (request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (text) => (body += text));
      request.on("end", () => {
        received.push({ request, body });
        answer(request, response);
      });
    },
    { cert: own.certificate, key: own.key, ...tls },
  );
  return { server, port, received, url: `https://hooks.test:${port}/in?token=T0KEN` };
}

/** For tests: the real caller over the real dialer, to which every name is this machine unless told. */
export function createTestCaller({
  timeoutMs = 5_000,
  ca = [webhookAuthority.certificate],
  ...rules
}: Partial<DialerOptions> & { timeoutMs?: number; ca?: string[] } = {}) {
  const resolve = async () => ["127.0.0.1"];
  const dialer = createDialer({ originAllow: ["127.0.0.0/8"], productPorts: () => [], resolve, ...rules });
  return createWebhookCaller({ dialer, ca, timeoutMs });
}

export const hookSecret = Buffer.alloc(32, 7);

export function messageOf(body = "{}") {
  return { id: `msg_${randomUUID()}`, tenantId: "tenant", body };
}
