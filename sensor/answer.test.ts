import { once } from "node:events";
import { createServer } from "node:http";
import { connect, constants, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createBench, speak } from "#e2e/forwarder.ts";
import { type Answer, answer } from "#sensor/answer.ts";

const bench = createBench();
afterEach(() => bench.close());

async function ask(headers: string, said: Partial<Answer> = {}, method = "GET"): Promise<string> {
  const server = createServer((request, response) => answer(request, response, { status: 403, requestId: "id-1", ...said })).listen(
    0,
    "127.0.0.1",
  );
  onTestFinished(() => void server.close());
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as AddressInfo;
  return speak(port, `${method} / HTTP/1.1\r\nHost: shop.test\r\n${headers}\r\n`, (heard) => heard.includes("\r\n\r\n"));
}

describe("the sensor's own answer", () => {
  it.each([
    ["application/json", true],
    ["application/problem+json", true],
    ["application/*", true],
    ["*/*", true],
    ["", true],
    ["APPLICATION/JSON;Q=0.5", true],
    ["text/html", false],
    ["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", false],
    ["application/json;q=0, text/html", false],
    ["application/json;q=0.1, text/html;q=0.9", false],
    ["text/plain", false],
    ["application/json;q=nonsense, text/html", false],
    [",,;;q=,", false],
  ])("to Accept %j is JSON: %s", async (accept, isJson) => {
    const heard = await ask(`Accept: ${accept}\r\n`);
    expect(heard).toMatch(isJson ? /content-type: application\/problem\+json\r\n/ : /content-type: text\/html; charset=utf-8\r\n/);
    expect(heard).toContain("id-1");
    if (isJson)
      expect(JSON.parse(heard.split("\r\n\r\n")[1] ?? "")).toMatchObject({
        type: "about:blank",
        title: "Forbidden",
        status: 403,
        requestId: "id-1",
      });
  });

  it("is JSON to a client that says nothing", async () => {
    expect(await ask("")).toMatch(/application\/problem\+json/);
  });

  it("is kept by no cache, sniffed by no browser, and names the request", async () => {
    const heard = await ask("");
    expect(heard).toMatch(/^HTTP\/1.1 403 Forbidden\r\n/);
    expect(heard).toMatch(/cache-control: no-store/);
    expect(heard).toMatch(/x-content-type-options: nosniff/);
    expect(heard).toMatch(/x-request-id: id-1/);
  });

  it("to HEAD has the length and no body", async () => {
    const heard = await ask("", {}, "HEAD");
    expect(heard).toMatch(/content-length: [1-9]/);
    expect(heard).toMatch(/\r\n\r\n$/);
  });

  it("closes the connection where it is told to, and takes headers along", async () => {
    expect(await ask("", { close: true })).toMatch(/connection: close/i);
    expect(await ask("", { status: 301, headers: { location: "https://shop.test/" } })).toMatch(
      /^HTTP\/1.1 301 Moved Permanently\r\nlocation: https:\/\/shop.test\/\r\n/,
    );
  });
});

describe("an answer over HTTP/2", () => {
  it("whose client opens no window for it does not hold its stream for ever", async () => {
    const server = createHttp2Server((request, response) => answer(request, response, { status: 502, requestId: "id-1" }));
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const session = connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 0 } });
    onTestFinished(() => {
      vi.useRealTimers();
      session.destroy();
      server.close();
    });
    await once(session, "remoteSettings");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const stream = session.request({ ":path": "/" });
    stream.on("error", () => {});
    const closed = new Promise((resolve) => stream.once("close", resolve));
    await once(stream, "response");
    vi.advanceTimersByTime(10_000);
    await closed;
    expect(stream.rstCode).toBe(constants.NGHTTP2_INTERNAL_ERROR);
  });
});
