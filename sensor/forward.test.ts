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
        },
      },
    ]);
    expect(front.outcomes).toEqual([
      expect.objectContaining({ status: 200, verdict: "ORIGIN_OK", reason: undefined, originAddress: "127.0.0.1" }),
    ]);
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

describe("a request that came back", () => {
  it("is answered with 508 and dials nobody", async () => {
    const origin = await echo();
    const front = await bench.startFront({ originHttpPort: origin.port });
    await front.send();
    const mark = String(origin.seen[0]?.headers["cdn-loop"]);
    expect(await front.send({ headers: { "cdn-loop": mark } })).toMatchObject({ status: 508 });
    expect(await front.send({ headers: { "cdn-loop": ["other", mark] } })).toMatchObject({ status: 508 });
    expect(origin.seen).toHaveLength(1);
    expect(await front.send({ headers: { "cdn-loop": "other" } })).toMatchObject({ status: 200 });
    expect(origin.seen[1]?.headers["cdn-loop"]).toBe(`other, ${mark}`);
  });

  it("is stopped when the origin is the sensor itself", async () => {
    const front = await bench.startFront({ originHttpPort: 1 });
    const around = await bench.startFront({ originHttpPort: front.port });
    const loop = await bench.startServer((request, response) => around.server.emit("request", request, response));
    const looping = await bench.startFront({ originHttpPort: loop.port });
    expect(await looping.send()).toMatchObject({ status: 508 });
  });
});

describe("Set Real IP From", () => {
  const realIp = { headerName: "x-forwarded-for", trustedSources: ["127.0.0.0/8"] };

  it("believes a trusted peer's header, all of its lines", async () => {
    const origin = await echo();
    const front = await bench.startFront({ originHttpPort: origin.port, realIp });
    await front.send({ headers: { "x-forwarded-for": ["9.9.9.9", "1.2.3.4, 127.0.0.5"], "x-real-ip": "6.6.6.6" } });
    expect(origin.seen[0]?.headers).toMatchObject({ "x-forwarded-for": "9.9.9.9, 1.2.3.4", "x-real-ip": "1.2.3.4" });
  });

  it("believes nobody else", async () => {
    const origin = await echo();
    const front = await bench.startFront({ originHttpPort: origin.port, realIp: { ...realIp, trustedSources: ["10.0.0.0/8"] } });
    await front.send({ headers: { "x-forwarded-for": "1.2.3.4" } });
    expect(origin.seen[0]?.headers).toMatchObject({ "x-forwarded-for": "127.0.0.1", "x-real-ip": "127.0.0.1" });
  });
});

describe("an answer on its way to the client", () => {
  it("has the site's custom headers in place of the origin's, and no hop-by-hop ones", async () => {
    const { port } = await bench.startServer((_request, response) => {
      response.writeHead(302, {
        location: `http://127.0.0.1:${port}/elsewhere`,
        "x-frame-options": "SAMEORIGIN",
        "x-inner": "1",
        connection: "x-inner, keep-alive",
        "keep-alive": "timeout=99",
        "proxy-authenticate": "Basic",
        "x-request-id": "the origin's",
      });
      response.end();
    });
    const front = await bench.startFront({ originHttpPort: port, responseHeaders: [{ name: "X-Frame-Options", value: "DENY" }] });
    const { status, headers } = await front.send();
    expect(status).toBe(302);
    expect(headers).toMatchObject({
      location: `http://127.0.0.1:${port}/elsewhere`,
      "x-frame-options": "DENY",
      "x-request-id": "0123-request",
    });
    expect(headers).not.toHaveProperty("x-inner");
    expect(headers).not.toHaveProperty("proxy-authenticate");
    expect(headers["keep-alive"]).not.toBe("timeout=99");
  });

  it("never has them when it is the sensor's own", async () => {
    const front = await bench.startFront({ originHttpPort: 1, responseHeaders: [{ name: "X-Custom", value: "1" }] });
    const { status, headers } = await front.send();
    expect(status).toBe(502);
    expect(headers).not.toHaveProperty("x-custom");
    expect(headers["x-request-id"]).toBe("0123-request");
  });

  it.each([
    ["HEAD", 200],
    ["GET", 204],
    ["GET", 304],
  ])("to %s with %i has no body and leaves the connection usable", async (method, status) => {
    const { port } = await bench.startServer((_request, response) => {
      response.writeHead(status, { etag: "x", ...(method === "HEAD" ? { "content-length": 10 } : {}) }).end();
    });
    const front = await bench.startFront({ originHttpPort: port });
    for (let round = 0; round < 3; round++)
      expect(await front.send({ method })).toMatchObject({ status, body: "", headers: { etag: "x" } });
  });

  it("goes to an HTTP/1.0 client without chunks", async () => {
    const { port } = await bench.startServer((_request, response) => {
      response.write("one");
      response.end("two");
    });
    const front = await bench.startFront({ originHttpPort: port });
    const heard = await speak(front.port, "GET / HTTP/1.0\r\nHost: shop.test\r\n\r\n");
    expect(heard).toMatch(/\r\n\r\nonetwo$/);
    expect(heard).not.toMatch(/transfer-encoding/i);
  });

  it("sends its head before the first event of a stream comes", async () => {
    const { port } = await bench.startServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
    });
    const front = await bench.startFront({ originHttpPort: port });
    const heard = await speak(front.port, "GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n", (said) => said.includes("\r\n\r\n"));
    expect(heard).toMatch(/text\/event-stream/);
  });
});
