import { expect, test } from "vitest";
import { openDoor } from "#lib/console/door-fixture.ts";
import { closeFrontDoor } from "#lib/console/front-door.ts";

test.each(["localhost:PORT", "127.0.0.1:PORT", "[::1]:PORT", "LOCALHOST:PORT"])("answers to its own name %s", async (host) => {
  const { send, arrivals } = await openDoor();
  expect((await send("GET /settings?a=1 HTTP/1.1", `Host: ${host}`)).status).toBe(200);
  expect(arrivals).toMatchObject([{ url: "/settings?a=1" }]);
});

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
  "/_next/static/../../settings/sites",
  "/_next/static/%2e%2e/%2E%2e/settings/sites",
  "/_next/static/..\\../settings",
  "/./settings",
  "/\\attacker.test",
])("refuses a path that means another one: %s", async (path) => {
  const { send, arrivals } = await openDoor();
  expect((await send(`GET ${path} HTTP/1.1`, "Host: localhost:PORT")).status).toBe(400);
  expect(arrivals).toEqual([]);
});

test.each([
  "/",
  "/settings/sites?a=../b&c=%2e%2e",
  "/settings/%C3%A4%20b",
  "/_next/static/a/[b]/c.js",
  "/_next/static/chunks/%5Bb%5D.js",
  "/a..b",
])("takes the path %s as it is", async (path) => {
  const { send, arrivals } = await openDoor();
  expect((await send(`GET ${path} HTTP/1.1`, "Host: localhost:PORT")).status).toBe(200);
  expect(arrivals).toMatchObject([{ url: path }]);
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

test.each([
  ["a picture on another site", ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"]],
  ["a script on a neighbouring name", ["Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"]],
  ["a frame on another site", ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"]],
])("shows nothing to %s", async (_, headers) => {
  const { send, arrivals } = await openDoor();
  expect((await send("GET / HTTP/1.1", "Host: localhost:PORT", ...headers)).status).toBe(403);
  expect(arrivals).toEqual([]);
});

test.each([
  ["its own pages", ["Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"]],
  ["somebody who typed the address", ["Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]],
  ["somebody who followed a link", ["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"]],
])("answers %s", async (_, headers) => {
  const { send } = await openDoor();
  expect((await send("GET / HTTP/1.1", "Host: localhost:PORT", ...headers)).status).toBe(200);
});

test("a change that the browser calls cross-site is refused, whatever its Origin", async () => {
  const { send, arrivals } = await openDoor();
  const own = ["Host: localhost:PORT", "Origin: http://localhost:PORT", "Content-Length: 0"];
  expect((await send("POST / HTTP/1.1", ...own, "Sec-Fetch-Site: same-site")).status).toBe(403);
  expect(arrivals).toEqual([]);
  expect((await send("POST / HTTP/1.1", ...own, "Sec-Fetch-Site: same-origin")).status).toBe(200);
});

const webSocket = ["Connection: Upgrade", "Upgrade: websocket"];

test("in development a WebSocket is taken from the console's own pages only", async () => {
  const taken: string[] = [];
  const { send, arrivals } = await openDoor({
    upgrade: async ({ url = "" }, socket) => {
      taken.push(url);
      socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    },
  });
  const upgrade = async (...headers: string[]) => (await send("GET /_next/hmr HTTP/1.1", ...webSocket, ...headers)).status;
  expect(await upgrade("Host: attacker.test")).toBe(421);
  expect(await upgrade("Host: localhost:PORT")).toBe(403);
  expect(await upgrade("Host: localhost:PORT", "Origin: https://attacker.test")).toBe(403);
  expect(taken).toEqual([]);
  expect(await upgrade("Host: localhost:PORT", "Origin: http://localhost:PORT")).toBe(101);
  expect(taken).toEqual(["/_next/hmr"]);
  expect(arrivals).toEqual([]);
});

test("outside development no connection is upgraded", async () => {
  const { send } = await openDoor();
  expect((await send("GET / HTTP/1.1", ...webSocket, "Host: localhost:PORT", "Origin: http://localhost:PORT")).status).toBe(200);
});

test("a page that throws is a 500 without its reason", async () => {
  const { send, errors } = await openDoor({ whileAnswering: () => Promise.reject(new Error("the secret reason")) });
  const answer = await send("GET / HTTP/1.1", "Host: localhost:PORT");
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain("secret");
  expect(errors).toEqual([new Error("the secret reason")]);
});

test("closing lets the running answer end and then leaves no connection", async () => {
  const started = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const { server, send } = await openDoor({
    whileAnswering: () => {
      started.resolve();
      return held.promise;
    },
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
  const { server, send } = await openDoor({
    whileAnswering: () => {
      started.resolve();
      return new Promise(() => {});
    },
  });
  const answer = send("GET / HTTP/1.1", "Host: localhost:PORT").catch(() => "cut");
  await started.promise;
  await closeFrontDoor(server, 10);
  await answer;
  expect(server.listening).toBe(false);
});
