import type { IncomingMessage } from "node:http";
import type { OriginConnection } from "#sensor/origin-connection.ts";
import type { BodyFraming } from "#sensor/origin-request.ts";

/** A request's body on its way to the origin. */
export type Upload = {
  /** The connection is there and has the head. */
  begin(connection: OriginConnection): void;
  /** The origin has taken what was written. */
  drained(): void;
  /** Nobody wants the rest. */
  stop(): void;
  /** The origin takes nothing; else the client gives nothing. */
  readonly isBlocked: boolean;
};

export type UploadOptions = {
  request: IncomingMessage;
  framing: BodyFraming;
  /** In bytes, counted as they arrive, also before the origin is reached. */
  limit: number;
  onOver: () => void;
  /** Something has moved. */
  onProgress: () => void;
  onSent: () => void;
};

/**
 * Passes a body on with back-pressure. Its end passes only when the client has sent it, in the length it announced: a body
 * that breaks off must not look whole to the origin, and must not take the next request for its rest.
 */
export function createUpload({ request, framing, limit, onOver, onProgress, onSent }: UploadOptions): Upload {
  let connection: OriginConnection | null = null;
  let held: Buffer[] = [];
  let size = 0;
  let isEnded = false;
  let isBlocked = false;
  request.on("data", take);
  request.on("end", end);
  return {
    begin,
    drained,
    stop,
    get isBlocked() {
      return isBlocked;
    },
  };

  function take(part: Buffer): void {
    size += part.length;
    if (size > limit || (framing !== "chunked" && size > framing)) onOver();
    else if (connection === null) {
      held.push(part);
      request.pause();
    } else send(connection, part);
  }

  function end(): void {
    isEnded = request.complete && (framing === "chunked" || size === framing);
    if (connection !== null) finish(connection);
  }

  function begin(ready: OriginConnection): void {
    connection = ready;
    onProgress();
    for (const part of held.splice(0)) send(ready, part);
    finish(ready);
    if (!isBlocked) request.resume();
  }

  function drained(): void {
    if (!isBlocked) return;
    isBlocked = false;
    onProgress();
    request.resume();
  }

  function send(to: OriginConnection, part: Buffer): void {
    const goesOn = framing === "chunked" ? to.writeChunk(part) : to.write(part);
    if (goesOn) onProgress();
    else {
      isBlocked = true;
      request.pause();
    }
  }

  function finish(to: OriginConnection): void {
    if (!isEnded) return;
    if (framing === "chunked") to.write("0\r\n\r\n");
    to.finish();
    onSent();
  }

  function stop(): void {
    held = [];
    request.off("data", take).off("end", end);
  }
}
