import { createHmac } from "node:crypto";
import { createServer as createNetServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createBench } from "#e2e/forwarder.ts";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { listen } from "#sensor/listen.ts";
import { createTestCaller, hookSecret, messageOf, startReceiver, webhookAuthority } from "#sensor/webhook-fixture.ts";

const call = createTestCaller();

test("a message arrives signed as Standard Webhooks say, and only its status comes back", async () => {
  const { url, port, received } = await startReceiver((_, response) => void response.writeHead(202).end("INTERNAL SECRET"));
  const message = messageOf('{"type":"x","data":"ü"}');
  expect(await call({ url, secret: hookSecret }, message)).toEqual({ status: 202 });
  const [got] = received;
  expect(got?.body).toBe(message.body);
  expect([got?.request.method, got?.request.url]).toEqual(["POST", "/in?token=T0KEN"]);
  const headers = got?.request.headers ?? {};
  expect(headers).toMatchObject({ host: `hooks.test:${port}`, "webhook-id": message.id, "cdn-loop": "tessera-webhook" });
  const seconds = Number(headers["webhook-timestamp"]);
  expect(Math.abs(seconds - Date.now() / 1_000)).toBeLessThan(10);
  // Taken apart as a receiver does it, with nothing of ours.
  const expected = createHmac("sha256", hookSecret).update(`${headers["webhook-id"]}.${seconds}.${got?.body}`).digest("base64");
  expect(headers["webhook-signature"]).toBe(`v1,${expected}`);
});

test("a redirect is not followed, wherever it leads", async () => {
  const target = await startReceiver();
  const { url } = await startReceiver((_, response) => void response.writeHead(307, { location: target.url }).end());
  expect(await call({ url, secret: hookSecret }, messageOf())).toEqual({ status: 307 });
  expect(target.received).toEqual([]);
});

test.each<[what: string, address: string]>([
  ["loopback", "127.0.0.1"],
  ["loopback as IPv6", "::1"],
  ["loopback inside IPv6", "::ffff:127.0.0.1"],
  ["the metadata service", "169.254.169.254"],
  ["no address at all", "0.0.0.0"],
])("a name that leads to %s is refused where ORIGIN_ALLOW does not hold it", async (_, address) => {
  const { url, received } = await startReceiver();
  const careful = createTestCaller({ originAllow: [], resolve: async () => [address] });
  expect(await careful({ url, secret: hookSecret }, messageOf())).toEqual({
    reason: "could not connect: the sensor may not connect to this address",
  });
  expect(received).toEqual([]);
});

test("an address written as a number is judged as the address it is", async () => {
  const { port, received } = await startReceiver();
  const careful = createTestCaller({ originAllow: [] });
  for (const host of ["2130706433", "0x7f.1", "127.0.0.1", "[::1]", "[::ffff:7f00:1]"])
    expect(await careful({ url: `https://${host}:${port}/`, secret: hookSecret }, messageOf()), host).toEqual({
      reason: "could not connect: the sensor may not connect to this address",
    });
  expect(received).toEqual([]);
});

test("the product's own ports are refused although loopback is allowed", async () => {
  const { url, port, received } = await startReceiver();
  const own = createTestCaller({ productPorts: () => [port] });
  expect(await own({ url, secret: hookSecret }, messageOf())).toHaveProperty("reason", expect.stringContaining("may not connect"));
  expect(received).toEqual([]);
});

test.each<[what: string, names: string[], ca: string[] | null, reason: string]>([
  ["for another name", ["other.test"], null, "could not connect: its certificate is for another name"],
  ["of a CA that nobody trusts", ["hooks.test"], [], "could not connect: its certificate is from no CA that is trusted here"],
])("a receiver whose certificate is %s gets nothing", async (_, names, ca, reason) => {
  const authority = ca === null ? webhookAuthority : await createAuthority();
  const own = await createServer(authority, names);
  const { url, received } = await startReceiver(undefined, { cert: own.certificate, key: own.key });
  expect(await call({ url, secret: hookSecret }, messageOf())).toEqual({ reason });
  expect(received).toEqual([]);
});

test("a receiver in clear text gets nothing", async () => {
  const bench = createBench();
  onTestFinished(() => bench.close());
  const seen: unknown[] = [];
  const { port } = await bench.startServer((request) => seen.push(request.url));
  const outcome = await call({ url: `https://hooks.test:${port}/`, secret: hookSecret }, messageOf());
  expect(outcome).toEqual({ reason: "could not connect: it does not speak TLS as expected" });
  expect(seen).toEqual([]);
});

test("an answer without end is left after 64 KiB, and its status counts", async () => {
  let sent = 0;
  const { url, server } = await startReceiver((_, response) => {
    response.writeHead(200);
    const chunk = Buffer.alloc(16_384);
    const pour = () => {
      while (!response.destroyed && response.write(chunk)) sent += chunk.length;
    };
    response.on("drain", pour);
    pour();
  });
  expect(await call({ url, secret: hookSecret }, messageOf())).toEqual({ status: 200 });
  await expect.poll(() => new Promise((resolve) => server.getConnections((_, count) => resolve(count)))).toBe(0);
  expect(sent).toBeLessThan(32 * 1_048_576);
});

test("a body that comes one byte at a time does not hold the call past its deadline", async () => {
  const { url } = await startReceiver((_, response) => {
    response.writeHead(200);
    const timer = setInterval(() => response.write("."), 10);
    response.on("close", () => clearInterval(timer));
  });
  const impatient = createTestCaller({ timeoutMs: 300 });
  const begun = performance.now();
  expect(await impatient({ url, secret: hookSecret }, messageOf())).toEqual({ status: 200 });
  expect(performance.now() - begun).toBeLessThan(4_000);
});

test.each<[what: string, answer: string, reason: string]>([
  ["that says nothing", "", "did not answer within 0.4 s"],
  ["whose head has no end", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(100_000)}`, "answered with too long a head"],
  ["that announces an answer without end", "HTTP/1.1 100 Continue\r\n\r\n".repeat(50), "did not answer within 0.4 s"],
  ["that speaks something else", "SSH-2.0-x\r\n", "closed the connection without an answer"],
])("of a receiver %s only that is told", async (_, answer, reason) => {
  const { url, server } = await startReceiver();
  server.removeAllListeners("request");
  server.removeAllListeners("secureConnection");
  server.on("secureConnection", (socket: Socket) => {
    socket.on("error", () => {});
    if (answer !== "") socket.write(answer);
  });
  const impatient = createTestCaller({ timeoutMs: 400 });
  expect(await impatient({ url, secret: hookSecret }, messageOf())).toEqual({ reason });
});

test("a port where nobody listens, and a name without an address, are told apart", async () => {
  const server = createNetServer();
  const port = await listen(server, { port: 0, host: "127.0.0.1", variable: "SENSOR_HTTP_PORT" });
  server.close();
  expect(await call({ url: `https://hooks.test:${port}/`, secret: hookSecret }, messageOf())).toEqual({
    reason: "could not connect: connection refused",
  });
  const lost = createTestCaller({ resolve: async () => [] });
  expect(await lost({ url: "https://hooks.test/", secret: hookSecret }, messageOf())).toEqual({
    reason: "could not connect: its name has no address",
  });
});
