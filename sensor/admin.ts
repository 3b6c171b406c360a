import { createServer, type Server } from "node:http";

/** The loopback port for whoever watches the process: `/healthz` lives, `/readyz` serves. */
export function createAdmin({ isReady }: { isReady: () => boolean }): Server {
  return createServer({ maxHeaderSize: 8_192, headersTimeout: 5_000, requestTimeout: 5_000 }, (request, response) => {
    const [status, text] = answerTo(request.url ?? "");
    const body = `${text}\n`;
    response.writeHead(request.method === "GET" || request.method === "HEAD" ? status : 405, {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Length": body.length,
      "Cache-Control": "no-store",
    });
    response.end(request.method === "HEAD" ? undefined : body);
  });

  function answerTo(url: string): [number, string] {
    if (url === "/healthz") return [200, "alive"];
    if (url === "/readyz") return isReady() ? [200, "ready"] : [503, "not ready"];
    return [404, "not found"];
  }
}
