import { createServer, type Server } from "node:http";

export type AdminOptions = {
  isReady: () => boolean;
  /** The metrics in Prometheus' text format. */
  render: () => Promise<string>;
};

/** The loopback port for whoever watches the sensor: `/healthz` lives, `/readyz` serves, `/metrics` counts. */
export function createAdmin({ isReady, render }: AdminOptions): Server {
  return createServer({ maxHeaderSize: 8_192, headersTimeout: 5_000, requestTimeout: 5_000 }, async (request, response) => {
    const [status, text, type] = await answerTo(request.url ?? "");
    response.writeHead(request.method === "GET" || request.method === "HEAD" ? status : 405, {
      "Content-Type": type,
      "Content-Length": Buffer.byteLength(text),
      "Cache-Control": "no-store",
    });
    response.end(request.method === "HEAD" ? undefined : text);
  });

  async function answerTo(url: string): Promise<[number, string, string]> {
    if (url === "/healthz") return [200, "alive\n", plain];
    if (url === "/readyz") return isReady() ? [200, "ready\n", plain] : [503, "not ready\n", plain];
    if (url === "/metrics") return [200, await render(), "text/plain; version=0.0.4; charset=utf-8"];
    return [404, "not found\n", plain];
  }
}

const plain = "text/plain; charset=utf-8";
