import type { Server as Http1Server, IncomingMessage, ServerResponse } from "node:http";
import type { Http2Server, Http2ServerRequest, Http2ServerResponse } from "node:http2";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Logger } from "#lib/log.ts";
import type { ClientVerdict } from "#lib/site/verdict.ts";
import { admit } from "#sensor/admit.ts";
import { answerBadRequest } from "#sensor/bad-request.ts";
import type { Running } from "#sensor/connection.ts";
import type { Directory } from "#sensor/directory.ts";
import { begin, createExchange, createSocketExchange, createStreamExchange, type Exchange } from "#sensor/exchange.ts";
import type { HandOver } from "#sensor/hand-over.ts";
import { type Mark, markOf } from "#sensor/marked-socket.ts";
import type { Recorder } from "#sensor/recorder.ts";
import type { Refuse } from "#sensor/refuse.ts";
import { type AnyRequest, requestedNames, requestedSite } from "#sensor/requested-names.ts";
import type { TurnAway } from "#sensor/turn-away.ts";

export type Gate = {
  /** Puts the gate in front of every way a server hands out a request. */
  guard(server: Http1Server): void;
  guardHttp2(server: Http2Server): void;
};

export type GateOptions = {
  directory: Directory;
  handOver: HandOver;
  refuse: Refuse;
  turnAway: TurnAway;
  recorder: Recorder;
  log: Logger;
  onLimit: (limit: "headerBytes") => void;
  /** Wall clock in milliseconds: client certificates are judged by it on every request. */
  now: () => number;
};

/**
 * The default-deny gate of the HTTPS port. A request passes only when its socket carries the mark of a judged handshake
 * and `admit` says yes: destroying a socket in `secureConnection` does not stop Node from handing out its request.
 */
export function createGate({ directory, handOver, refuse, turnAway, recorder, log, onLimit, now }: GateOptions): Gate {
  return { guard, guardHttp2 };

  function guard(server: Http1Server): void {
    const plain = (kind: Exchange["kind"]) => (request: IncomingMessage, response: ServerResponse) =>
      judge(request, () => createExchange(request, response, kind));
    const bare = (kind: "upgrade" | "connect") => (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      judge(request, () => createSocketExchange(request, socket, head, kind));
    server.on("request", plain("request"));
    server.on("checkContinue", plain("continue"));
    server.on("checkExpectation", plain("expectation"));
    server.on("upgrade", bare("upgrade"));
    server.on("connect", bare("connect"));
    server.on("clientError", (failure, socket) =>
      answerBadRequest(failure, socket as Socket, markOf(socket)?.connection, {
        log,
        onLimit,
        recorder,
        seen: markOf(socket)?.seen,
      }),
    );
  }

  function guardHttp2(server: Http2Server): void {
    const plain = (kind: Exchange["kind"]) => (request: Http2ServerRequest, response: Http2ServerResponse) =>
      judge(request, () => createStreamExchange(request, response, kind));
    server.on("request", plain("request"));
    server.on("checkContinue", plain("continue"));
    server.on("checkExpectation", plain("expectation"));
    server.on("connect", plain("connect"));
  }

  function judge(request: AnyRequest, create: () => Exchange): void {
    const mark = markOf(request.socket);
    if (mark === undefined) {
      request.socket.destroy();
      return;
    }
    const exchange = create();
    const running = begin(exchange, mark.connection, mark.siteId);
    if (running === null) return;
    const names = requestedNames(request, "https");
    if (running.excess !== null) turnAway(exchange, running.excess, mark);
    else if (names === "duplicate") refuse(exchange, { ...mark, running, status: 400, reason: "The request gives several hosts." });
    else decide(exchange, mark, running, names);
  }

  function decide(exchange: Exchange, mark: Mark, running: Running, names: (string | null)[]): void {
    const state = directory.get(mark.siteId)?.state;
    const revision = state?.kind === "serving" && state.revision.compiled.tls !== null ? state.revision : null;
    const decision = admit({
      identity: mark.identity,
      isCertificateRequired: revision === null ? null : revision.compiled.downstream !== null,
      requestedSiteId: requestedSite(names, (name) => directory.find(name)?.siteId ?? null),
      handshakeSiteId: mark.siteId,
      now: now(),
    });
    if (!decision.isAdmitted) {
      logRefusal(exchange, mark, decision);
      refuse(exchange, { ...mark, running, ...decision });
    } else if (revision !== null) {
      handOver(exchange, { revision, connection: mark.connection, seen: mark.seen, scheme: "https" });
    }
  }

  function logRefusal(exchange: Exchange, mark: Mark, { status, verdict }: { status: number; verdict: ClientVerdict }): void {
    const { siteId, seen, connection } = mark;
    const certificate = seen?.certificate ?? null;
    log.info(
      {
        requestId: exchange.requestId,
        siteId,
        verdict,
        status,
        address: connection.address,
        subject: certificate?.subject,
        fingerprint: certificate?.fingerprint,
        code: seen?.code ?? undefined,
      },
      "request refused",
    );
  }
}
