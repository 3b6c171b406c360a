import { constants } from "node:http2";
import type { Logger } from "#lib/log.ts";
import type { Connection } from "#sensor/connection.ts";
import type { Exchange } from "#sensor/exchange.ts";
import type { Recorder, Refusal } from "#sensor/recorder.ts";
import type { Refuse } from "#sensor/refuse.ts";
import type { RunExcess } from "#sensor/runs.ts";

/** Turns a request away that is over a limit of requests at once, before anything of it is looked at. */
export type TurnAway = (exchange: Exchange, excess: RunExcess, at: Omit<Refusal, "status"> & { connection: Connection }) => void;

export type TurnAwayOptions = { refuse: Refuse; recorder: Recorder; onLimit: (limit: RunExcess) => void; log: Logger };

/**
 * Over HTTP/2 the one stream is refused, which says that nothing was done with it and leaves the connection to the others
 * (RFC 9113 §8.7). Over HTTP/1.1 it is 503, and the connection ends: what follows on it would be over the limit too.
 */
export function createTurnAway({ refuse, recorder, onLimit, log }: TurnAwayOptions): TurnAway {
  return (exchange, excess, at) => {
    const { stream, requestId } = exchange;
    const reason = reasons[excess];
    onLimit(excess);
    log.info({ requestId, siteId: at.siteId, address: at.connection.address, limit: excess }, "request over a limit");
    if (stream === null) {
      refuse(exchange, { ...at, status: 503, reason, headers: { "retry-after": "1" } });
      return;
    }
    recorder.refused(exchange, { ...at, status: null, reason });
    stream.close(constants.NGHTTP2_REFUSED_STREAM);
  };
}

const reasons: Record<RunExcess, string> = {
  requestsPerAddress: "The client's address has as many requests under way as it may.",
  requestsPerSite: "The site has as many requests under way as it may.",
};
