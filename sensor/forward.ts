import { type ClientRequest, IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import httpProxy from "http-proxy";
import { AppError } from "#lib/app-error.ts";
import type { Logger } from "#lib/log.ts";
import { answer } from "#sensor/answer.ts";
import { socketOf, speakOn } from "#sensor/bare-socket.ts";
import { drain } from "#sensor/hang-up.ts";
import { type OriginRequest, originRequestOf, type Refusal } from "#sensor/origin-request.ts";
import type { Passage } from "#sensor/passage.ts";
import { type Attempt, type Relay, startRelay } from "#sensor/relay.ts";
import { ProtocolError } from "#sensor/response-head.ts";
import { isWebSocketGrant, openTunnel } from "#sensor/tunnel.ts";

/** Sends admitted requests to their origin and the answers back. */
export type Forwarder = {
  web(request: IncomingMessage, response: ServerResponse, passage: Passage): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, passage: Passage): void;
};

/** One forwarder serves all sites of a process; what differs between sites comes with each passage. `stallMs` is a client's for taking its answer. */
export function createForwarder({ log, stallMs }: { log: Logger; stallMs: number }): Forwarder {
  const proxy = httpProxy.createProxyServer({});
  removeDeleteLength(proxy);
  const relays = new WeakMap<IncomingMessage, Relay>();
  const upgrades = new WeakMap<IncomingMessage, (outgoing: ClientRequest) => void>();
  // Every call has a callback of its own; without a listener here http-proxy throws what comes beside it.
  proxy.on("error", (error) => log.debug({ reason: error.message }, "connection error"));
  proxy.on("proxyReq", (outgoing, carrier) => relays.get(carrier)?.connected(outgoing));
  proxy.on("proxyRes", (incoming, carrier) => relays.get(carrier)?.answered(incoming));
  proxy.on("proxyReqWs", (outgoing, carrier) => upgrades.get(carrier)?.(outgoing));
  return { web, upgrade };

  function web(request: IncomingMessage, response: ServerResponse, passage: Passage): void {
    const plan = originRequestOf(request, passage);
    if ("status" in plan) {
      refuse(request, response, passage, plan);
      return;
    }
    startRelay({
      request,
      response,
      passage,
      plan,
      log,
      stallMs,
      send(relay, { isFresh, signal, failed }) {
        const carrier = carry(request, plan.headers, plan);
        relays.set(carrier, relay);
        const agent = isFresh ? passage.upstream.freshAgent : passage.upstream.agent;
        proxy.web(carrier, response, { ...optionsFor(plan, signal), agent, buffer: relay.body }, failed);
      },
    });
  }

  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, passage: Passage): void {
    const response = new ServerResponse(request);
    speakOn(socket, response);
    const plan = originRequestOf(request, passage);
    if ("status" in plan || plan.method !== "GET" || plan.hasBody) {
      refuse(request, response, passage, "status" in plan ? plan : { status: 400, reason: "no request for a WebSocket" });
      return;
    }
    startRelay({
      request,
      response,
      passage,
      plan,
      log,
      stallMs,
      send(relay, { signal, failed }) {
        const carrier = carry(request, { ...plan.headers, connection: "Upgrade", upgrade: "websocket" }, plan);
        let outgoing: ClientRequest | null = null;
        upgrades.set(carrier, (begun) => {
          outgoing = begun;
        });
        proxy.ws(carrier, socket, head, { ...optionsFor(plan, signal), agent: passage.upstream.freshAgent }, failed);
        takeOver(outgoing, relay, failed);
      },
    });

    /** http-proxy writes a refused upgrade without heeding the client's pace and never looks at what was granted. */
    function takeOver(outgoing: ClientRequest | null, relay: Relay, failed: Attempt["failed"]): void {
      if (outgoing === null) throw new ProtocolError("The upgrade was not begun.");
      outgoing.removeAllListeners("response").removeAllListeners("upgrade");
      outgoing.once("socket", () => relay.connected(outgoing));
      outgoing.once("response", relay.answered);
      outgoing.once("upgrade", (granted: IncomingMessage, originSocket: Socket, originHead: Buffer) => {
        if (isWebSocketGrant(granted)) {
          relay.release();
          response.detachSocket(socketOf(socket));
          openTunnel(socket, originSocket, { head: granted, originHead, passage });
        } else {
          originSocket.destroy();
          failed(new ProtocolError("The origin granted another upgrade than the one asked for."));
        }
      });
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

/** The agent dials the site's origin whatever stands here; Host is set by the header rules. */
const target = { protocol: "http:", host: "origin", port: 80 };

function optionsFor({ path }: OriginRequest, signal: AbortSignal) {
  // http-proxy rebuilds the path (`/a?` loses its `?`, `*` becomes `/*`): this object keeps it byte for byte.
  const request = {
    signal,
    dialSignal: signal,
    get path() {
      return path;
    },
    set path(_rebuilt: string) {},
  };
  return { target, ssl: request, toProxy: true, selfHandleResponse: true, xfwd: false, followRedirects: false };
}

/**
 * What http-proxy sees in place of the client's request: the sanitised head alone. The client's own request stays as it
 * came; with `Expect`, or before a connection is there, `proxyReq` would be too late to clean anything.
 */
function carry(request: IncomingMessage, headers: OutgoingHttpHeaders, { method, path }: OriginRequest): IncomingMessage {
  const carrier = new IncomingMessage(request.socket);
  Object.assign(carrier, { method, url: path, headers, httpVersion: "1.1", httpVersionMajor: 1, httpVersionMinor: 1 });
  return carrier;
}

/**
 * Takes out the pass that sets `Content-Length: 0` on DELETE and OPTIONS and still sends a chunked body, which the origin
 * then reads as a second request (CVE-2026-29057). The list is private, so its shape is checked.
 */
function removeDeleteLength(proxy: unknown): void {
  const open = proxy as { webPasses?: { name: string }[] };
  const kept = open.webPasses?.filter((pass) => pass.name !== "deleteLength") ?? [];
  if (kept.length !== 3 || open.webPasses?.length !== 4)
    throw new AppError("forward.passes", "http-proxy's passes are not those expected.");
  open.webPasses = kept;
}
