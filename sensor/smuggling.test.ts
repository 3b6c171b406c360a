import { Agent, createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import httpProxy from "http-proxy";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { createBench, speak } from "#e2e/forwarder.ts";

const bench = createBench();
afterEach(() => bench.close());

const hidden = "GET /admin HTTP/1.1\r\nHost: shop.test\r\nX-Smuggled: 1\r\n\r\n";
const chunk = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
const attack = (method: string) => `${method} /x HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}`;

/** An origin that counts requests as a server reads them from its connections. */
async function countingOrigin() {
  const seen: string[] = [];
  const bodies: string[] = [];
  const { port, server } = await bench.startServer(async (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    let body = "";
    for await (const part of request) body += part;
    bodies.push(body);
    response.end("ok");
  });
  return { port, server, seen, bodies };
}

describe("a second request hidden in a chunked body", () => {
  it.each(["DELETE", "OPTIONS"])("of %s reaches the origin through http-proxy as it comes", async (method) => {
    const origin = await countingOrigin();
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const proxy = httpProxy.createProxyServer({ target: `http://127.0.0.1:${origin.port}`, agent });
    proxy.on("error", () => {});
    const server = createServer((request, response) => proxy.web(request, response)).listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await new Promise((listening) => server.once("listening", listening));
    const smuggled = new Promise<void>((done) => origin.server.on("request", (request) => request.url === "/admin" && done()));
    await speak((server.address() as AddressInfo).port, attack(method), (heard) => heard.includes("ok"));
    await smuggled;
    expect(origin.seen).toEqual([`${method} /x`, "GET /admin"]);
  });

  it.each(["DELETE", "OPTIONS", "GET", "HEAD", "POST", "PUT", "PATCH", "TRACE", "PROPFIND"])(
    "of %s is one body through the sensor",
    async (method) => {
      const origin = await countingOrigin();
      const front = await bench.startFront({ originHttpPort: origin.port });
      await speak(front.port, attack(method), (heard) => heard.includes("\r\n\r\n"));
      expect(await front.send({ path: "/next" })).toMatchObject({ status: 200 });
      expect(origin.seen).toEqual([`${method} /x`, "GET /next"]);
      expect(origin.bodies[0]).toBe(hidden);
    },
  );

  it.each(["DELETE", "OPTIONS", "GET"])("of %s with Content-Length is one body as well", async (method) => {
    const origin = await countingOrigin();
    const front = await bench.startFront({ originHttpPort: origin.port });
    await front.send({ method, path: "/x", body: hidden });
    expect(await front.send({ path: "/next" })).toMatchObject({ status: 200 });
    expect(origin.seen).toEqual([`${method} /x`, "GET /next"]);
    expect(origin.bodies[0]).toBe(hidden);
  });
});

describe("framing that two servers could read differently", () => {
  const request = (headers: string, body = "") => `POST /x HTTP/1.1\r\nHost: shop.test\r\n${headers}\r\n\r\n${body}`;
  it.each([
    ["both Content-Length and Transfer-Encoding", request("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), 400],
    ["two lengths", request("Content-Length: 5\r\nContent-Length: 6", "hello"), 400],
    ["a length that is no number", request("Content-Length: +5", "hello"), 400],
    ["a coding nobody knows", request("Transfer-Encoding: x, chunked", "0\r\n\r\n"), 501],
    ["chunked that is not last", request("Transfer-Encoding: chunked, identity", "0\r\n\r\n"), 400],
    ["a space before the colon", request("Transfer-Encoding : chunked", "0\r\n\r\n"), 400],
    ["a folded header", request("X: 1\r\n Transfer-Encoding: chunked", "0\r\n\r\n"), 400],
    ["a bare line feed", "POST /x HTTP/1.1\nHost: shop.test\nContent-Length: 0\n\n", 400],
    ["two hosts", "GET /x HTTP/1.1\r\nHost: shop.test\r\nHost: other.test\r\nConnection: close\r\n\r\n", 400],
    ["no host", "GET /x HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["chunked in HTTP/1.0", "POST /x HTTP/1.0\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400],
    ["a control character in a header", "GET /x HTTP/1.1\r\nHost: shop.test\r\nX: a\x7fb\r\nConnection: close\r\n\r\n", 400],
    ["a target that is no URL", "GET http://[ HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n", 400],
    ["a target without a slash", "GET x HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n", 400],
  ])("%s is refused and nothing is dialled", async (_name, text, status) => {
    const origin = await countingOrigin();
    const front = await bench.startFront({ originHttpPort: origin.port });
    expect(await speak(front.port, text, (heard) => heard.includes("\r\n\r\n"))).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(origin.seen).toEqual([]);
    expect(await front.send()).toMatchObject({ status: 200 });
  });
});

describe("what reaches the origin on the wire", () => {
  /** Everything an origin is sent on its first connection until it has the end of a head, answered with 200. */
  async function wire(text: string, until: (heard: string) => boolean = (heard) => heard.includes("\r\n\r\n")): Promise<string> {
    let heard = "";
    const origin = await bench.startRaw((socket: Socket) => {
      socket.on("data", (data) => {
        heard += data.toString("latin1");
        if (until(heard)) socket.end("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      });
    });
    const front = await bench.startFront({ originHttpPort: origin.port });
    await speak(front.port, text, (said) => said.includes("200 OK"));
    return heard;
  }

  it("holds no Expect, though the client waits for 100 Continue", async () => {
    const heard = await wire(
      "POST /x HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\nX-Forwarded-For: 6.6.6.6\r\nX-Client-Cert: a\r\nContent-Length: 2\r\n\r\nhi",
      (said) => said.endsWith("hi"),
    );
    expect(heard).toMatch(/^POST \/x HTTP\/1.1\r\n/);
    expect(heard).not.toMatch(/expect|6\.6\.6\.6|client-cert/i);
  });

  it("holds no trailers, whatever they claim", async () => {
    const heard = await wire(
      "POST /x HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Client-Cert\r\nTE: trailers\r\n\r\n2\r\nhi\r\n0\r\nX-Client-Cert: CN=admin\r\nX-Other: 1\r\n\r\n",
      (said) => said.endsWith("0\r\n\r\n"),
    );
    expect(heard).toContain("2\r\nhi\r\n0\r\n\r\n");
    expect(heard).not.toMatch(/trailer|client-cert|x-other/i);
  });

  it("keeps OPTIONS * as it is", async () => {
    expect(await wire("OPTIONS * HTTP/1.1\r\nHost: shop.test\r\n\r\n")).toMatch(/^OPTIONS \* HTTP\/1.1\r\n/);
  });

  it("names the host in its normal form, also where an absolute URI outranks Host", async () => {
    expect(await wire("GET / HTTP/1.1\r\nHost: SHOP.test.:8443\r\n\r\n")).toMatch(/\r\nhost: shop\.test\r\n/i);
    expect(await wire("GET https://A.shop.test:8443/p HTTP/1.1\r\nHost: b.shop.test\r\n\r\n")).toMatch(
      /^GET \/p HTTP\/1.1\r\nhost: a\.shop\.test\r\n/i,
    );
  });

  it("holds one length and no chunks for a POST without a body", async () => {
    expect(await wire("POST / HTTP/1.1\r\nHost: shop.test\r\n\r\n")).toMatch(/\r\ncontent-length: 0\r\n/i);
  });
});
