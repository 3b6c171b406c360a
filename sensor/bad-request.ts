import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import type { Logger } from "#lib/log.ts";
import type { Seen } from "#sensor/identity.ts";
import type { Recorder } from "#sensor/recorder.ts";

/** What of a connection matters when its bytes turn out to be no request. */
type Spoiled = { readonly address: string; readonly siteId: string | null; readonly isBusy: boolean };

export type BadRequestOptions = {
  log: Logger;
  onLimit: (limit: "headerBytes") => void;
  recorder: Recorder;
  /** Who the handshake showed. */
  seen?: Seen | null | undefined;
};

/**
 * The listener for `clientError`: one neutral answer to bytes that are no HTTP/1.1 request, then the end. While an earlier
 * request is being answered nothing is written: it would land in the middle of that answer.
 */
export function answerBadRequest(
  failure: NodeJS.ErrnoException,
  socket: Socket,
  connection: Spoiled | undefined,
  { log, onLimit, recorder, seen }: BadRequestOptions,
): void {
  if (failure.code === "HPE_HEADER_OVERFLOW") onLimit("headerBytes");
  const isHopeless = failure.code === "ECONNRESET" || !socket.writable || connection === undefined || connection.isBusy;
  if (isHopeless) {
    socket.destroy();
    return;
  }
  const status = statuses[failure.code ?? ""] ?? 400;
  const requestId = randomUUID();
  const { address, siteId } = connection;
  log.info({ requestId, siteId, address, status, code: failure.code }, "no HTTP request");
  recorder.spoiled({ requestId, siteId, status, connection, seen, code: failure.code });
  const body = JSON.stringify({ type: "about:blank", title: titles[status], status, requestId });
  socket.end(
    `HTTP/1.1 ${status} ${titles[status]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${requestId}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

const statuses: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };
const titles: Record<number, string> = { 400: "Bad Request", 408: "Request Timeout", 431: "Request Header Fields Too Large" };
