import { createServer, type IncomingMessage, type Server } from "node:http";
import { isLoopback } from "#lib/env.ts";
import type { Logger } from "#lib/log.ts";

export type AdminOptions = {
  isReady: () => boolean;
  /** The metrics in Prometheus' text format. */
  render: () => Promise<string>;
  log: Logger;
};

type Answer = [status: number, text: string, type?: string];

/** The loopback port for whoever watches the sensor: `/healthz` lives, `/readyz` serves, `/metrics` counts. */
export function createAdmin({ isReady, render, log }: AdminOptions): Server {
  const server = createServer({ maxHeaderSize: 8_192, headersTimeout: 5_000, requestTimeout: 5_000 }, async (request, response) => {
    const [status, text, type = "text/plain; charset=utf-8"] = await answerTo(request).catch(failed);
    response.writeHead(status, { "Content-Type": type, "Content-Length": Buffer.byteLength(text), "Cache-Control": "no-store" });
    response.end(request.method === "HEAD" ? undefined : text);
  });
  // Nobody who watches may end what is watched.
  server.once("listening", () =>
    server.on("error", (failure) => log.warn({ err: failure, port: "admin" }, "a connection could not be accepted")),
  );
  return server;

  async function answerTo({ method = "", url = "", headers }: IncomingMessage): Promise<Answer> {
    if (!isOwnName(headers.host)) return [421, "This port answers to localhost and to loopback addresses only.\n"];
    if (!["GET", "HEAD"].includes(method)) return [405, "only GET and HEAD\n"];
    if (url === "/healthz") return [200, "alive\n"];
    if (url === "/readyz") return isReady() ? [200, "ready\n"] : [503, "not ready\n"];
    if (url === "/metrics") return [200, await render(), "text/plain; version=0.0.4; charset=utf-8"];
    return [404, "not found\n"];
  }

  function failed(failure: unknown): Answer {
    log.error({ err: failure }, "the metrics could not be told");
    return [500, "The metrics could not be told; the sensor's log says why.\n"];
  }
}

/** A page whose name was made to mean this machine (DNS rebinding) says that name; no browser leaves Host out. */
function isOwnName(host: string | undefined): boolean {
  if (host === undefined) return true;
  const name = URL.parse(`http://${host}`)?.hostname ?? "";
  return isLoopback(name.replace(/^\[(.*)\]$/, "$1"));
}
