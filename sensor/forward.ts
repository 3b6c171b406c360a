import { type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Logger } from "#lib/log.ts";
import { answer } from "#sensor/answer.ts";
import { speakOn } from "#sensor/bare-socket.ts";
import { drain } from "#sensor/hang-up.ts";
import { startOriginCall } from "#sensor/origin-call.ts";
import { originRequestOf, type Refusal } from "#sensor/origin-request.ts";
import type { Passage } from "#sensor/passage.ts";
import { startRelay } from "#sensor/relay.ts";
import { createUpgrader } from "#sensor/upgrade.ts";

/** Sends admitted requests to their origin and the answers back. */
export type Forwarder = {
  web(request: IncomingMessage, response: ServerResponse, passage: Passage): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, passage: Passage): void;
};

/**
 * One forwarder serves all sites of a process; what differs between sites comes with each passage. Here is decided which way
 * a request goes: by our own client, for a WebSocket by http-proxy. `stallMs` is a client's for taking its answer.
 */
export function createForwarder({ log, stallMs }: { log: Logger; stallMs: number }): Forwarder {
  const startUpgrade = createUpgrader(log);
  return { web, upgrade };

  function web(request: IncomingMessage, response: ServerResponse, passage: Passage): void {
    const plan = originRequestOf(request, passage);
    if ("reason" in plan) refuse(request, response, passage, plan);
    else startRelay({ request, response, passage, log, stallMs, start: (relay) => startOriginCall({ request, plan, passage, relay }) });
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, passage: Passage): void {
    const response = new ServerResponse(request);
    speakOn(socket, response);
    const plan = originRequestOf(request, passage);
    if ("reason" in plan) refuse(request, response, passage, plan);
    else if (plan.method !== "GET" || plan.body !== 0)
      refuse(request, response, passage, { status: 400, reason: "no request for a WebSocket" });
    else {
      const start = (relay: Parameters<typeof startUpgrade>[0]["relay"]) =>
        startUpgrade({ request, response, socket, head, plan, passage, relay });
      startRelay({ request, response, passage, log, stallMs, start });
    }
  }

  function refuse(request: IncomingMessage, response: ServerResponse, passage: Passage, { status, reason }: Refusal): void {
    const { requestId } = passage;
    log.info({ requestId, siteId: passage.siteId, status, reason }, "request refused");
    response.once("close", () => passage.onDone({ status, verdict: null, reason }));
    // A client that waits for 100 Continue sends its body or not: the next bytes could be either.
    answer(request, response, { status, requestId, close: request.headers.expect !== undefined });
    drain(request);
  }
}
