import { once } from "node:events";
import { request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createBench, speak } from "#e2e/forwarder.ts";
import { settled } from "#sensor/settled-fixture.ts";

const bench = createBench();
afterEach(() => bench.close());

const megabyte = 1_048_576;

describe("back-pressure", () => {
  it("pauses a fast origin while the client takes nothing, and loses nothing", async () => {
    const whole = 64 * megabyte;
    let written = 0;
    const { port } = await bench.startServer((_request, response) => {
      const more = () => {
        while (written < whole) {
          written += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return;
        }
        response.end();
      };
      response.on("drain", more);
      more();
    });
    const front = await bench.startFront({ originHttpPort: port });
    const client = connect(front.port, "127.0.0.1").pause();
    client.write("GET / HTTP/1.0\r\nHost: shop.test\r\n\r\n");
    // What the four socket buffers on loopback hold is the system's; the rest must still be at the origin.
    expect(await settled(() => written)).toBeLessThan(whole / 2);
    let received = 0;
    client.on("data", (data) => (received += data.length)).resume();
    await once(client, "close");
    expect(received).toBeGreaterThan(whole);
  });

  it("pauses a fast client while the origin takes nothing, and loses nothing", async () => {
    const whole = 64 * megabyte;
    let stalled: IncomingMessage | null = null;
    let received = 0;
    const { port } = await bench.startServer((request, response) => {
      stalled = request;
      request.on("end", () => response.end("done")).pause();
    });
    const front = await bench.startFront({ originHttpPort: port, maxBodySizeBytes: whole });
    const outgoing = httpRequest({
      port: front.port,
      host: "127.0.0.1",
      method: "POST",
      headers: { host: "shop.test", "content-length": whole },
    });
    let written = 0;
    const more = () => {
      while (written < whole) {
        written += 65_536;
        if (!outgoing.write(Buffer.alloc(65_536))) return;
      }
      outgoing.end();
    };
    outgoing.on("drain", more);
    more();
    expect(await settled(() => written)).toBeLessThan(whole / 2);
    (stalled as IncomingMessage | null)?.on("data", (data: Buffer) => (received += data.length)).resume();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    answer.resume();
    expect(received).toBe(whole);
  });
});

describe("a body over the limit", () => {
  /** An origin that tells how its requests ended. */
  async function origin() {
    let arrived = 0;
    const endings: string[] = [];
    let connections = 0;
    const { port, server } = await bench.startServer((request, response) => {
      request.on("data", (data) => (arrived += data.length));
      request.on("end", () => {
        endings.push("whole");
        response.end("ok");
      });
      request.on("error", () => endings.push("broken"));
    });
    server.on("connection", () => (connections += 1));
    return { port, endings, arrived: () => arrived, connections: () => connections };
  }

  it("that is announced gets 413 before anything is dialled", async () => {
    const { port, connections } = await origin();
    const front = await bench.startFront({ originHttpPort: port, maxBodySizeBytes: 1_000 });
    expect(await front.send({ method: "POST", body: Buffer.alloc(1_001) })).toMatchObject({ status: 413 });
    expect(connections()).toBe(0);
    expect(await front.send({ method: "POST", body: Buffer.alloc(1_000) })).toMatchObject({ status: 200 });
    expect(front.outcomes).toMatchObject([{ status: 413, verdict: null }, { status: 200 }]);
  });

  it("that is counted as it arrives gets 413, and the origin a broken request, never a whole one", async () => {
    const { port, endings, arrived } = await origin();
    const front = await bench.startFront({ originHttpPort: port, maxBodySizeBytes: 100 });
    const client = connect(front.port, "127.0.0.1");
    const part = `40\r\n${"x".repeat(64)}\r\n`;
    client.write(`POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n${part}`);
    await settled(arrived);
    client.write(`${part}0\r\n\r\n`);
    const [heard] = (await once(client, "data")) as [Buffer];
    expect(heard.toString()).toMatch(/^HTTP\/1.1 413 /);
    await settled(() => endings.length);
    expect(endings).toEqual(["broken"]);
    expect(arrived()).toBe(64);
    client.destroy();
  });

  it("that is counted before the origin is reached never reaches it", async () => {
    const { port, endings } = await origin();
    const front = await bench.startFront({ originHttpPort: port, maxBodySizeBytes: 1_000 });
    expect(await front.send({ method: "POST", body: Buffer.alloc(megabyte), chunked: true })).toMatchObject({ status: 413 });
    expect(await front.send({ method: "POST", body: Buffer.alloc(1_000), chunked: true })).toMatchObject({ status: 200 });
    expect(endings).toEqual(["whole"]);
  });

  it("by one byte is over it", async () => {
    const { port } = await origin();
    const front = await bench.startFront({ originHttpPort: port, maxBodySizeBytes: 10 });
    expect(await front.send({ method: "POST", body: "0123456789", chunked: true })).toMatchObject({ status: 200 });
    expect(await front.send({ method: "POST", body: "01234567890", chunked: true })).toMatchObject({ status: 413 });
  });

  it("breaks off an answer that has begun", async () => {
    const { port } = await bench.startServer((request, response) => {
      request.resume();
      response.write("begun");
    });
    const front = await bench.startFront({ originHttpPort: port, maxBodySizeBytes: 1_000 });
    const outgoing = httpRequest({ port: front.port, host: "127.0.0.1", method: "POST", headers: { host: "shop.test" } });
    outgoing.on("error", () => {});
    outgoing.write("x");
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    answer.resume();
    outgoing.write(Buffer.alloc(2_000));
    await expect(once(answer, "end")).rejects.toThrow();
    expect(front.outcomes).toMatchObject([{ status: 200, verdict: null, reason: expect.stringContaining("larger than") }]);
  });

  it("that is announced gets no 100 Continue first and ends the connection", async () => {
    const { port } = await origin();
    const front = await bench.startFront({ originHttpPort: port, maxBodySizeBytes: 1_000 });
    front.server
      .removeAllListeners("checkContinue")
      .on("checkContinue", (request, response) => front.server.emit("request", request, response));
    const heard = await speak(front.port, "POST / HTTP/1.1\r\nHost: shop.test\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
    expect(heard).toMatch(/^HTTP\/1.1 413 /);
    expect(heard).toMatch(/connection: close/i);
  });
});

describe("a client that goes away", () => {
  it.each(["while the origin thinks", "while the origin answers"])("%s takes its request with it", async (when) => {
    let gone: Promise<unknown> | null = null;
    const { port } = await bench.startServer((request, response: ServerResponse) => {
      gone = once(request.socket, "close");
      if (when.endsWith("answers")) response.write("begun");
      arrive();
    });
    let arrive = () => {};
    const arrived = new Promise<void>((done) => (arrive = done));
    const front = await bench.startFront({ originHttpPort: port });
    const client = connect(front.port, "127.0.0.1");
    client.write("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    await arrived;
    const outcome = front.nextOutcome();
    client.destroy();
    expect(await outcome).toMatchObject({ reason: "The client went away." });
    await gone;
  });

  it("in the middle of its body never looks as if it had sent the whole", async () => {
    const endings: string[] = [];
    let arrive = () => {};
    const arrived = new Promise<void>((done) => (arrive = done));
    const { port } = await bench.startServer((request) => {
      request.on("data", () => arrive());
      request.on("end", () => endings.push("whole"));
      request.on("error", () => endings.push("broken"));
    });
    const front = await bench.startFront({ originHttpPort: port });
    const client = connect(front.port, "127.0.0.1");
    client.write("POST / HTTP/1.1\r\nHost: shop.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    await arrived;
    client.destroy();
    await settled(() => endings.length);
    expect(endings).toEqual(["broken"]);
  });

  it("while the origin is being dialled stops the dialling", async () => {
    let resolveCalled = () => {};
    const called = new Promise<void>((done) => (resolveCalled = done));
    const front = await bench.startFront(
      { origin: { kind: "host", hostName: "origin.test" } },
      {
        resolve: () => {
          resolveCalled();
          return new Promise(() => {});
        },
      },
    );
    const client = connect(front.port, "127.0.0.1");
    client.write("GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n");
    await called;
    const outcome = front.nextOutcome();
    client.destroy();
    expect(await outcome).toMatchObject({ status: null, verdict: null });
  });
});

describe("silence", () => {
  it("of an origin that answers nothing is 504", async () => {
    const { port } = await bench.startServer(() => {});
    const front = await bench.startFront({ originHttpPort: port, readTimeoutMs: 100 });
    expect(await front.send()).toMatchObject({ status: 504 });
    expect(front.outcomes).toMatchObject([{ status: 504, verdict: "ORIGIN_TIMEOUT" }]);
  });

  it("of an origin in the middle of its answer breaks it off", async () => {
    const { port } = await bench.startServer((_request, response) => void response.write("begun"));
    const front = await bench.startFront({ originHttpPort: port, readTimeoutMs: 100 });
    const outcome = front.nextOutcome();
    await expect(front.send()).rejects.toThrow();
    expect(await outcome).toMatchObject({ status: 200, verdict: "ORIGIN_TIMEOUT" });
  });

  it("is not what a slow origin keeps, whose every part comes in time", async () => {
    const { port } = await bench.startServer((_request, response) => {
      let parts = 0;
      const timer = setInterval(() => {
        parts += 1;
        if (parts < 8) response.write(".");
        else {
          clearInterval(timer);
          response.end("!");
        }
      }, 50);
    });
    const front = await bench.startFront({ originHttpPort: port, readTimeoutMs: 200 });
    expect(await front.send()).toMatchObject({ status: 200, body: ".......!" });
  });

  it("is not an origin's that waits for a slow client", async () => {
    const whole = 32 * megabyte;
    const { port } = await bench.startServer((_request, response) => void response.end(Buffer.alloc(whole)));
    const front = await bench.startFront({ originHttpPort: port, readTimeoutMs: 150 });
    const client = connect(front.port, "127.0.0.1").pause();
    client.write("GET / HTTP/1.0\r\nHost: shop.test\r\n\r\n");
    await new Promise((done) => setTimeout(done, 500));
    let received = 0;
    client.on("data", (data) => (received += data.length)).resume();
    await once(client, "close");
    expect(received).toBeGreaterThan(whole);
  });

  it("of an origin that takes no more of a body is 504", async () => {
    const { port } = await bench.startRaw((socket: Socket) => void socket.pause());
    const front = await bench.startFront({ originHttpPort: port, maxBodySizeBytes: 64 * megabyte, sendTimeoutMs: 200 });
    expect(await front.send({ method: "POST", body: Buffer.alloc(64 * megabyte) }).catch(() => front.outcomes[0])).toMatchObject({
      status: 504,
    });
    expect(front.outcomes).toMatchObject([{ status: 504, verdict: "ORIGIN_TIMEOUT" }]);
  });

  it("of a client in the middle of its body is 408, and no fault of the origin's", async () => {
    const { port } = await bench.startServer(() => {});
    const front = await bench.startFront({ originHttpPort: port, sendTimeoutMs: 100 });
    const heard = await speak(front.port, "POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 10\r\n\r\nhello", (said) =>
      said.includes("\r\n\r\n"),
    );
    expect(heard).toMatch(/^HTTP\/1.1 408 /);
    expect(front.outcomes).toMatchObject([{ status: 408, verdict: null }]);
  });

  it("of an address that accepts and never shakes hands is 504", async () => {
    const { someTls } = await import("#e2e/forwarder.ts");
    const { port } = await bench.startRaw(() => {});
    const front = await bench.startFront({ tls: someTls, originHttpsPort: port, sendTimeoutMs: 100 });
    expect(await front.send()).toMatchObject({ status: 504 });
    expect(front.outcomes).toMatchObject([{ status: 504, verdict: "ORIGIN_TIMEOUT" }]);
  });
});

describe("an origin that answers before it has the whole body", () => {
  it("is passed on, and the connection serves the next request", async () => {
    const { port } = await bench.startServer((request, response) => {
      if (request.method === "POST") response.writeHead(401).end("no");
      else response.end("next");
    });
    const front = await bench.startFront({ originHttpPort: port });
    const body = "x".repeat(200_000);
    const text = `POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: ${body.length}\r\n\r\n${body}GET /next HTTP/1.1\r\nHost: shop.test\r\nConnection: close\r\n\r\n`;
    const heard = await speak(front.port, text);
    expect(heard).toMatch(/^HTTP\/1.1 401 /);
    expect(heard).toMatch(/HTTP\/1.1 200 OK[\s\S]*next/);
  });
});
