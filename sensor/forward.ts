import type { IncomingMessage, ServerResponse } from "node:http";
import type { Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Duplex } from "node:stream";
import type { Logger } from "#lib/log.ts";
import { answer } from "#sensor/answer.ts";
import type { Passage } from "#sensor/passage.ts";

/** Sends admitted requests to their origin and the answers back. */
export type Forwarder = {
  web(request: IncomingMessage | Http2ServerRequest, response: ServerResponse | Http2ServerResponse, passage: Passage): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, passage: Passage): void;
};

/** One forwarder serves all sites of a process; what differs between sites comes with each passage. */
export function createForwarder(_options: { log: Logger }): Forwarder {
  return {
    web(request, response, passage) {
      answer(request, response, { status: 502, requestId: passage.requestId });
      passage.onDone({ status: 502, verdict: "ORIGIN_UNREACHABLE" });
    },
    upgrade(_request, socket, _head, passage) {
      socket.destroy();
      passage.onDone({ status: null, verdict: null });
    },
  };
}
