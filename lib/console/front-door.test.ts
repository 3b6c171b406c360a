import { once } from "node:events";
import type { IncomingHttpHeaders, Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, expect, test } from "vitest";
import { closeFrontDoor, createFrontDoor } from "#lib/console/front-door.ts";

type Arrival = { method?: string; url?: string; headers: IncomingHttpHeaders };

const open: Server[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => closeFrontDoor(server, 100)));
});

async function openDoor(answer?: () => Promise<void>) {
  const arrivals: Arrival[] = [];
  const errors: unknown[] = [];
  const server = createFrontDoor({
    host: "127.0.0.9",
    answer: async ({ method, url, headers }, response) => {
      arrivals.push({ method, url, headers });
      await answer?.();
      response.end("page");
    },
    upgrade: async ({ method, url, headers }, socket) => {
      arrivals.push({ method, url, headers });
      socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    },
    onError: (error) => errors.push(error),
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  open.push(server);
  const { port } = server.address() as AddressInfo;
  return { server, port, arrivals, errors, send: (...lines: string[]) => send(port, lines) };
}

/** Sends these lines as they are, "PORT" replaced, and answers everything that comes back. */
async function send(port: number, lines: string[]): Promise<{ status: number; text: string }> {
  const socket = connect(port, "127.0.0.1");
  socket.end(`${[...lines, "Connection: close"].join("\r\n").replaceAll("PORT", String(port))}\r\n\r\n`);
  const answer = await text(socket);
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]), text: answer };
}

test.each(["localhost:PORT", "127.0.0.1:PORT", "[::1]:PORT", "127.0.0.9:PORT", "LOCALHOST:PORT"])(
  "answers to its own name %s",
  async (host) => {
    const { send, arrivals } = await openDoor();
    expect((await send("GET /settings?a=1 HTTP/1.1", `Host: ${host}`)).status).toBe(200);
    expect(arrivals).toMatchObject([{ url: "/settings?a=1" }]);
  },
);

test.each([
  ["a name that was rebound to our address", ["Host: attacker.test:PORT"]],
  ["a name that begins like ours", ["Host: localhost.attacker.test:PORT"]],
  ["a name that ends like ours", ["Host: attacker.test@localhost:PORT"]],
  ["our name on another port", ["Host: localhost:1"]],
  ["our name without its port", ["Host: localhost"]],
  ["our name with a trailing dot", ["Host: localhost.:PORT"]],
  ["another address", ["Host: 192.168.0.1:PORT"]],
  ["two names", ["Host: localhost:PORT", "Host: attacker.test:PORT"]],
])("421 for %s", async (_, headers) => {
  const { send, arrivals } = await openDoor();
  const answer = await send("GET / HTTP/1.1", ...headers);
  expect(answer.status).toBe(421);
  expect(arrivals).toEqual([]);
});

test("421 without any Host, as HTTP/1.0 allows", async () => {
  const { send, arrivals } = await openDoor();
  expect((await send("GET / HTTP/1.0")).status).toBe(421);
  expect(arrivals).toEqual([]);
});

test.each(["GET http://attacker.test/ HTTP/1.1", "OPTIONS * HTTP/1.1"])("refuses a target that is no path: %s", async (line) => {
  const { send, arrivals } = await openDoor();
  expect((await send(line, "Host: localhost:PORT", "Origin: http://localhost:PORT")).status).toBe(400);
  expect(arrivals).toEqual([]);
});

test.each([
  ["absent", []],
  ["null", ["Origin: null"]],
  ["another site's", ["Origin: https://attacker.test"]],
  ["another port's", ["Origin: http://localhost:1"]],
  ["another scheme's", ["Origin: https://localhost:PORT"]],
  ["another of our own names", ["Origin: http://127.0.0.1:PORT"]],
  ["two origins", ["Origin: http://localhost:PORT", "Origin: https://attacker.test"]],
])("refuses a change whose Origin is %s", async (_, origin) => {
  const { send, arrivals } = await openDoor();
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const { status } = await send(`${method} / HTTP/1.1`, "Host: localhost:PORT", "Content-Length: 0", ...origin);
    expect(status).toBe(403);
  }
  expect(arrivals).toEqual([]);
});

test("takes a change from the console's own pages", async () => {
  const { send, arrivals } = await openDoor();
  const answer = await send("POST / HTTP/1.1", "Host: localhost:PORT", "Origin: http://localhost:PORT", "Content-Length: 0");
  expect(answer.status).toBe(200);
  expect(arrivals).toMatchObject([{ method: "POST" }]);
});

test("says itself where a request came from, whatever the client claims", async () => {
  const { send, arrivals, port } = await openDoor();
  await send(
    "GET / HTTP/1.1",
    "Host: localhost:PORT",
    "X-Forwarded-For: 10.0.0.1",
    "X-Forwarded-Host: attacker.test",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Prefix: /x",
    "Forwarded: for=10.0.0.1",
    "X-Real-IP: 10.0.0.1",
    "X-Middleware-Subrequest: middleware:middleware",
    "X-Middleware-Rewrite: /admin",
    "X-Matched-Path: /admin",
    "X-Invoke-Path: /admin",
    "Accept: text/html",
  );
  expect(arrivals[0]?.headers).toEqual({
    host: `localhost:${port}`,
    accept: "text/html",
    connection: "close",
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": `localhost:${port}`,
    "x-forwarded-proto": "http",
    "x-forwarded-port": String(port),
  });
});

test("every answer forbids framing, sniffing and foreign forms, refusals too", async () => {
  const { send } = await openDoor();
  for (const host of ["localhost:PORT", "attacker.test"]) {
    const { text } = await send("GET / HTTP/1.1", `Host: ${host}`);
    expect(text).toMatch(/^Content-Security-Policy: .*frame-ancestors 'none'/m);
    expect(text).toMatch(/^X-Content-Type-Options: nosniff\r$/m);
    expect(text).toMatch(/^X-Frame-Options: DENY\r$/m);
    expect(text).toMatch(/^Referrer-Policy: same-origin\r$/m);
    expect(text).not.toMatch(/^X-Powered-By/im);
  }
});

test("a WebSocket is taken from the console's own pages only", async () => {
  const { send, arrivals } = await openDoor();
  const upgrade = async (...headers: string[]) => {
    const socket = ["Connection: Upgrade", "Upgrade: websocket"];
    return (await send("GET /_next/hmr HTTP/1.1", ...socket, ...headers)).status;
  };
  expect(await upgrade("Host: attacker.test")).toBe(421);
  expect(await upgrade("Host: localhost:PORT")).toBe(403);
  expect(await upgrade("Host: localhost:PORT", "Origin: https://attacker.test")).toBe(403);
  expect(arrivals).toEqual([]);
  expect(await upgrade("Host: localhost:PORT", "Origin: http://localhost:PORT")).toBe(101);
});

test("a page that throws is a 500 without its reason", async () => {
  const { send, errors } = await openDoor(() => Promise.reject(new Error("the secret reason")));
  const answer = await send("GET / HTTP/1.1", "Host: localhost:PORT");
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain("secret");
  expect(errors).toEqual([new Error("the secret reason")]);
});

test("closing lets the running answer end and then leaves no connection", async () => {
  const started = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const { server, send } = await openDoor(() => {
    started.resolve();
    return held.promise;
  });
  const answer = send("GET / HTTP/1.1", "Host: localhost:PORT");
  await started.promise;
  const closed = closeFrontDoor(server);
  held.resolve();
  expect((await answer).status).toBe(200);
  await closed;
  expect(server.listening).toBe(false);
});

test("closing does not wait for ever", async () => {
  const started = Promise.withResolvers<void>();
  const { server, send } = await openDoor(() => {
    started.resolve();
    return new Promise(() => {});
  });
  const answer = send("GET / HTTP/1.1", "Host: localhost:PORT").catch(() => "cut");
  await started.promise;
  await closeFrontDoor(server, 10);
  await answer;
  expect(server.listening).toBe(false);
});
