import { answer } from "#sensor/answer.ts";
import { speakOn } from "#sensor/bare-socket.ts";
import type { Connection, Running } from "#sensor/connection.ts";
import type { Exchange } from "#sensor/exchange.ts";
import type { Recorder, Refusal } from "#sensor/recorder.ts";

export type Refuse = (
  exchange: Exchange,
  refusal: Refusal & { status: number; connection: Connection; running?: Running; headers?: Record<string, string> },
) => void;

/**
 * Answers an exchange the sensor itself refuses and closes the connection behind it: the body was not read, so nothing
 * that follows on this connection can be told from it. HTTP/2, where every stream stands alone, closes all the same.
 */
export function createRefuse({ recorder }: { recorder: Recorder }): Refuse {
  return (exchange, refusal) => {
    const { request, response, socket, requestId } = exchange;
    const { status, connection, running, headers } = refusal;
    recorder.refused(exchange, refusal);
    running?.leaveSite();
    connection.refuse();
    if (socket !== null) speakOn(socket, response);
    answer(request, response, { status, requestId, close: true, ...(headers ? { headers } : {}) });
  };
}
