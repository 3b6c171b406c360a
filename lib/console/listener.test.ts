import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { consoleCertificate, openDoor } from "#lib/console/door-fixture.ts";
import { limits } from "#lib/console/listener.ts";

const hasty = { ...limits, headMs: 150, requestMs: 300, silenceMs: 500, sweepMs: 20 };
const own = ["Host: localhost:PORT", "Origin: http://localhost:PORT"];

describe("a client that takes its time", () => {
  test.each([
    ["says nothing", ""],
    ["sends its head a byte at a time", "GET / HTTP/1.1\r\nHost: localhost:PORT\r\nX: "],
    [
      "sends its body a byte at a time",
      "POST / HTTP/1.1\r\nHost: localhost:PORT\r\nOrigin: http://localhost:PORT\r\nContent-Length: 1000\r\n\r\n",
    ],
  ])("and %s is cut off", async (_, head) => {
    const { dial, port } = await openDoor({
      limits: hasty,
      answer: async (request, response) => void response.end(await text(request).catch(() => "cut off")),
    });
    const socket = dial()
      .on("error", () => {})
      .resume();
    socket.write(head.replaceAll("PORT", String(port)));
    const drip = head === "" ? undefined : setInterval(() => socket.write("a"), 20);
    await closed(socket);
    clearInterval(drip);
  });

  test("and never begins the handshake is cut off", async () => {
    const { port } = await openDoor({ certificate: await consoleCertificate(), limits: { ...limits, handshakeMs: 100 } });
    await closed(
      connect(port, "127.0.0.1")
        .on("error", () => {})
        .resume(),
    );
  });

  test("and takes nothing of the answer is cut off", async () => {
    const { dial, server, port } = await openDoor({
      limits: { ...hasty, silenceMs: 100 },
      answer: async (_, response) => void response.end(Buffer.alloc(50_000_000)),
    });
    const socket = dial().on("error", () => {});
    socket.write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
    const [connection] = await once(server, "connection");
    await closed(connection);
    expect(connection.bytesWritten).toBeGreaterThan(100_000);
    socket.destroy();
  });

  test("the number of connections is bounded", async () => {
    const { dial, server } = await openDoor({ limits: { ...limits, connections: 1 } });
    const first = dial();
    await once(server, "connection");
    await closed(
      dial()
        .on("error", () => {})
        .resume(),
    );
    expect(first.destroyed).toBe(false);
    first.destroy();
  });
});

// Unlike `once`, which an error before the end would reject.
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.on("close", () => resolve()));
}

describe("what a request may be", () => {
  test("a body announced beyond the limit is not read", async () => {
    const { send, arrivals } = await openDoor();
    expect((await send("POST / HTTP/1.1", ...own, `Content-Length: ${limits.largestBody + 1}`)).status).toBe(413);
    expect(arrivals).toEqual([]);
  });

  test("a head beyond 16 KiB is not read", async () => {
    const { send, arrivals } = await openDoor();
    expect((await send("GET / HTTP/1.1", ...own, `Cookie: ${"a".repeat(20_000)}`)).status).toBe(431);
    expect(arrivals).toEqual([]);
  });

  test("a header behind thousands of others counts", async () => {
    const { send, arrivals } = await openDoor();
    const many = Array.from({ length: 2_100 }, () => "a:");
    expect((await send("POST / HTTP/1.1", ...own, ...many, "Transfer-Encoding: chunked")).status).toBe(411);
    expect((await send("GET / HTTP/1.1", ...own, ...many, "Host: attacker.test")).status).toBe(421);
    expect(arrivals).toEqual([]);
  });

  test.each([
    ["chunks, whose end a proxy may see elsewhere", ["Transfer-Encoding: chunked"], 411],
    ["chunks and a length", ["Transfer-Encoding: chunked", "Content-Length: 3"], 400],
    ["two lengths", ["Content-Length: 0", "Content-Length: 3"], 400],
    ["a length that is a list", ["Content-Length: 0, 3"], 400],
    ["a folded header", ["X: a", " b: c"], 400],
    ["a header name with a space", ["Content-Length : 0"], 400],
    ["a lone line feed in a header", ["X: a\nContent-Length: 9"], 400],
  ])("a request framed by %s is refused", async (_, framing, status) => {
    const { send, arrivals } = await openDoor();
    expect((await send("POST / HTTP/1.1", ...own, ...framing)).status).toBe(status);
    expect(arrivals).toEqual([]);
  });
});
