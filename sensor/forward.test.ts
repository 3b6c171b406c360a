import type { IncomingMessage } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createBench, speak } from "#e2e/forwarder.ts";

const bench = createBench();
afterEach(() => bench.close());

async function echo(): Promise<{
  port: number;
  seen: { line: string; headers: IncomingMessage["headers"]; raw: string[]; body: string }[];
}> {
  const seen: { line: string; headers: IncomingMessage["headers"]; raw: string[]; body: string }[] = [];
  const { port } = await bench.startServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, raw: request.rawHeaders, body });
    response.setHeader("set-cookie", ["a=1", "b=2"]);
    response.end(`got ${body.length}`);
  });
  return { port, seen };
}

describe("a request on its way to the origin", () => {
  it("arrives with method, body and the sensor's headers, and its answer comes back", async () => {
    const origin = await echo();
    const front = await bench.startFront({ originHttpPort: origin.port });
    const reply = await front.send({
      method: "POST",
      path: "/a?b=c",
      body: "hello",
      headers: { "x-forwarded-for": "6.6.6.6", cookie: "k=v" },
    });
    expect(reply).toMatchObject({ status: 200, body: "got 5", headers: { "x-request-id": "0123-request", "set-cookie": ["a=1", "b=2"] } });
    expect(origin.seen).toMatchObject([
      {
        line: "POST /a?b=c",
        body: "hello",
        headers: {
          host: "shop.test",
          cookie: "k=v",
          "content-length": "5",
          "x-forwarded-for": "127.0.0.1",
          "x-real-ip": "127.0.0.1",
          "x-forwarded-proto": "https",
          "x-forwarded-host": "shop.test",
          "x-forwarded-port": "8443",
          "x-request-id": "0123-request",
          "cdn-loop": "tessera-site-1",
          connection: "keep-alive",
        },
      },
    ]);
    expect(front.outcomes).toEqual([{ status: 200, verdict: "ORIGIN_OK", reason: undefined }]);
  });

  it.each(["/", "//a", "/a/../b", "/%2e%2e/x", "/a?", "/?", "/a?b?c&&=", "/a//b/./c", "/a;x=%zz", "/a#b", "/?url=http://x/?y"])(
    "keeps the target %j byte for byte",
    async (target) => {
      const origin = await echo();
      const front = await bench.startFront({ originHttpPort: origin.port });
      for (const sent of [target, `https://SHOP.test${target}`]) {
        const heard = await speak(
          front.port,
          Buffer.from(`GET ${sent} HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n`, "latin1"),
        );
        expect(heard).toMatch(/^HTTP\/1.1 200 OK/);
      }
      expect(origin.seen.map((seen) => seen.line)).toEqual([`GET ${target}`, `GET ${target}`]);
    },
  );
});
