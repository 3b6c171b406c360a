import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * Keeps everything but the set-up page, what it is made of, and the health check from being served until somebody has
 * an account: answers such a request itself and says so. Once there is somebody it never asks again.
 */
export function createSetupGate(
  hasAnybody: () => Promise<boolean>,
): (request: IncomingMessage, response: ServerResponse) => Promise<boolean> {
  let isOpen = false;
  return async (request, response) => {
    if (isOpen || isServedAtOnce(request.url ?? "")) return false;
    isOpen = await hasAnybody();
    if (isOpen) return false;
    answer(request, response);
    return true;
  };
}

const servedAtOnce = /^\/(?:setup|icon\.svg|api\/health|_next\/(?:static\/.+|.*hmr.*))(?:\?.*)?$/;

function isServedAtOnce(url: string): boolean {
  return servedAtOnce.test(url) && !/\.\.|%2e|\/\/|\\/i.test(url);
}

function answer({ method, headers }: IncomingMessage, response: ServerResponse): void {
  const isVisit = method === "GET" && headers.accept?.includes("text/html") === true;
  response.setHeader("Cache-Control", "no-store");
  if (isVisit) response.writeHead(303, { Location: "/setup" }).end();
  else
    response
      .writeHead(404, { "Content-Type": "text/plain; charset=utf-8" })
      .end("Nobody has an account yet: open the set-up link that npm start printed.\n");
}
