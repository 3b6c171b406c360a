import { type ClientRequest, IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import httpProxy from "http-proxy";
import type { Logger } from "#lib/log.ts";
import { socketOf } from "#sensor/bare-socket.ts";
import type { OriginRequest } from "#sensor/origin-request.ts";
import type { Passage } from "#sensor/passage.ts";
import type { Leg, Relay } from "#sensor/relay.ts";
import { ProtocolError, type ResponseHead } from "#sensor/response-head.ts";
import { isWebSocketGrant, openTunnel } from "#sensor/tunnel.ts";

/** One request for a WebSocket, with the bare socket of its client. */
export type Upgrade = {
  request: IncomingMessage;
  response: ServerResponse;
  socket: Duplex;
  head: Buffer;
  plan: OriginRequest;
  passage: Passage;
  relay: Relay;
};

/** Carries requests for a WebSocket to the origin, each over a connection of its own, through http-proxy. */
export function createUpgrader(log: Logger): (upgrade: Upgrade) => Leg {
  const proxy = httpProxy.createProxyServer({});
  const begun = new WeakMap<IncomingMessage, (outgoing: ClientRequest) => void>();
  // Every call has a callback of its own; without a listener here http-proxy throws what comes beside it.
  proxy.on("error", (error) => log.debug({ reason: error.message }, "connection error"));
  proxy.on("proxyReqWs", (outgoing, carrier) => begun.get(carrier)?.(outgoing));
  return startUpgrade;

  function startUpgrade({ request, response, socket, head, plan, passage, relay }: Upgrade): Leg {
    const controller = new AbortController();
    let incoming: IncomingMessage | null = null;
    return { begin, pause: () => incoming?.pause(), resume: () => incoming?.resume(), abandon: () => controller.abort() };

    function begin(): void {
      const carrier = carry(request, plan);
      let outgoing: ClientRequest | null = null;
      begun.set(carrier, (made) => {
        outgoing = made;
      });
      try {
        proxy.ws(carrier, socket, head, { ...optionsFor(plan, controller.signal), agent: passage.upstream.freshAgent }, relay.failed);
        takeOver(outgoing);
      } catch (error) {
        // What Node will not write as a request line or header is the client's fault.
        relay.giveUp({ status: 400, verdict: null, reason: String(error) });
      }
    }

    /** http-proxy writes a refused upgrade without heeding the client's pace and never looks at what was granted. */
    function takeOver(outgoing: ClientRequest | null): void {
      if (outgoing === null) throw new ProtocolError("The upgrade was not begun.");
      outgoing.removeAllListeners("response").removeAllListeners("upgrade");
      outgoing.once("socket", (connected: Socket) => {
        relay.connected(connected.remoteAddress);
        relay.sent();
      });
      outgoing.on("information", relay.interim);
      outgoing.once("response", answered);
      outgoing.once("upgrade", granted);
      // Some endings have no error.
      outgoing.once("close", () => {
        if (incoming === null) relay.failed(new ProtocolError("The origin's connection ended without an answer."));
      });
    }

    function answered(message: IncomingMessage): void {
      incoming = message;
      message.on("error", relay.failed);
      const fault = faultOf(message);
      if (fault === null) {
        relay.answered(headOf(message), true);
        message.on("data", (part: Buffer) => relay.body(part, false));
        message.once("end", relay.ended);
      } else relay.failed(new ProtocolError(fault));
    }

    function granted(message: IncomingMessage, originSocket: Socket, originHead: Buffer): void {
      if (isWebSocketGrant(message)) {
        relay.release();
        response.detachSocket(socketOf(socket));
        openTunnel(socket, originSocket, { head: headOf(message), originHead, passage });
      } else {
        originSocket.destroy();
        relay.failed(new ProtocolError("The origin granted another upgrade than the one asked for."));
      }
    }
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
  return { target, ssl: request, toProxy: true, xfwd: false, followRedirects: false };
}

/** What http-proxy sees in place of the client's request: the sanitised head alone. The client's own request stays as it came. */
function carry(request: IncomingMessage, { method, path, headers }: OriginRequest): IncomingMessage {
  const carrier = new IncomingMessage(request.socket);
  const upgrading = { ...headers, connection: "Upgrade", upgrade: "websocket" };
  Object.assign(carrier, { method, url: path, headers: upgrading, httpVersion: "1.1", httpVersionMajor: 1, httpVersionMinor: 1 });
  return carrier;
}

/** What Node's parser lets pass and the next reader could take for something else (RFC 9112 §6.1, RFC 9110 §15.2). */
function faultOf({ httpVersion, statusCode = 0, headers, statusMessage }: IncomingMessage): string | null {
  const coding = headers["transfer-encoding"]?.trim().toLowerCase();
  if (httpVersion !== "1.1" && httpVersion !== "1.0") return `The origin speaks HTTP/${httpVersion}.`;
  if (statusCode < 200) return `The origin's answer ${statusCode} is no final one.`;
  if (coding !== undefined && httpVersion === "1.0") return "The origin sends a transfer coding in HTTP/1.0.";
  if (coding !== undefined && coding !== "chunked") return "The origin sends a transfer coding that was not asked for.";
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(statusMessage ?? "")) return "The origin's reason phrase holds a control character.";
  return null;
}

function headOf({ statusCode = 0, statusMessage = "", rawHeaders }: IncomingMessage): ResponseHead {
  return { status: statusCode, phrase: statusMessage, headers: rawHeaders.map((text, at) => (at % 2 === 0 ? text.toLowerCase() : text)) };
}
