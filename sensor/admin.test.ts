import { once } from "node:events";
import type { Server } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { createLogger } from "#lib/log.ts";
import { createAdmin } from "#sensor/admin.ts";
import { listenLocally, openPlain, type Reply } from "#sensor/client-fixture.ts";

const lines: { level: string; msg: string }[] = [];
let server: Server;

async function start(render: () => Promise<string> = async () => "tessera_workers 1\n"): Promise<number> {
  lines.length = 0;
  server = createAdmin({ isReady: () => true, render, log: createLogger("test", (line) => lines.push(JSON.parse(line))) });
  return listenLocally(server);
}
afterEach(async () => {
  const closed = once(server, "close");
  server.closeAllConnections();
  server.close();
  await closed;
});

async function say(port: number, head: string): Promise<Reply> {
  const client = await openPlain(port);
  client.send(`${head}\r\nConnection: close\r\n\r\n`);
  return client.reply();
}

describe("the admin port", () => {
  it.each(["127.0.0.1:9090", "127.0.0.1", "127.8.8.8:1", "localhost:9090", "LocalHost", "[::1]:9090"])("answers to %s", async (host) => {
    const port = await start();
    expect(await say(port, `GET /metrics HTTP/1.1\r\nHost: ${host}`)).toMatchObject({ status: 200, body: "tessera_workers 1\n" });
  });

  it("answers a health check of HTTP/1.0, which names nobody", async () => {
    expect(await say(await start(), "GET /healthz HTTP/1.0")).toMatchObject({ status: 200, body: "alive\n" });
  });

  it.each([
    "rebound.example",
    "rebound.example:9090",
    "localhost.rebound.example",
    "127.0.0.1.rebound.example",
    "127.0.0.1@rebound.example",
    "10.0.0.1",
    "[2001:db8::1]",
    "",
    "x y",
  ])("tells a page nothing whose name %j was made to mean this machine", async (host) => {
    const { status, body } = await say(await start(), `GET /metrics HTTP/1.1\r\nHost: ${host}`);
    expect([400, 421]).toContain(status);
    expect(body).not.toContain("tessera_");
  });

  it("takes no other method", async () => {
    expect((await say(await start(), "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0")).status).toBe(405);
  });

  it("says that the metrics fail, and goes on answering", async () => {
    const port = await start(() => Promise.reject(new Error("no sum")));
    expect((await say(port, "GET /metrics HTTP/1.1\r\nHost: localhost")).status).toBe(500);
    expect(lines).toMatchObject([{ level: "error", msg: "the metrics could not be told", err: { message: "no sum" } }]);
    expect((await say(port, "GET /readyz HTTP/1.1\r\nHost: localhost")).status).toBe(200);
  });

  it("outlives a connection that the system cannot give", async () => {
    const port = await start();
    server.emit("error", Object.assign(new Error("accept ENOBUFS"), { code: "ENOBUFS" }));
    expect(lines).toMatchObject([{ level: "warn", msg: "a connection could not be accepted" }]);
    expect((await say(port, "GET /readyz HTTP/1.1\r\nHost: localhost")).status).toBe(200);
  });
});
