import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Field, flags, frame, head, type RawHttp2, request, settings, types, uint32 } from "#sensor/frame-fixture.ts";
import { ask, finish } from "#sensor/http2-fixture.ts";
import { bytesInUse } from "#sensor/memory-fixture.ts";
import { type Mutual, startMutual } from "#sensor/mutual-fixture.ts";
import { settled } from "#sensor/settled-fixture.ts";

let mutual: Mutual;
const megabyte = 1_048_576;
const whole = 100 * megabyte;

beforeAll(async () => {
  mutual = await startMutual();
  await mutual.add("big.test", { maxBodySizeMb: 200 });
  await mutual.add("quick.test", { readTimeoutS: 1, sendTimeoutS: 1 });
});
afterAll(() => mutual[Symbol.asyncDispose]());
afterEach(() => mutual.reset());

/** Writes until `length` bytes are out, at the reader's pace. */
function pour(stream: NodeJS.WritableStream, length: number, onWritten: (written: number) => void = () => {}): void {
  const part = Buffer.alloc(65_536);
  let written = 0;
  const more = () => {
    while (written < length) {
      written += part.length;
      onWritten(written);
      if (!stream.write(part)) return;
    }
    stream.off("drain", more).end();
  };
  stream.on("drain", more);
  more();
}

/** An origin that tells how each request ended for it, and answers the whole ones. */
function tellingOrigin(): string[] {
  const endings: string[] = [];
  mutual.serve((arrived, response) => {
    let body = "";
    arrived.setEncoding("utf8").on("data", (text) => {
      body += text;
    });
    arrived.once("end", () => {
      endings.push(`whole: ${body}`);
      response.end("ok");
    });
    arrived.once("error", () => endings.push("broken"));
  });
  return endings;
}

const post = (more: Field[] = []): Field[] => [...head("shop.test", { ":method": "POST" }), ...more];
const open = flags.endHeaders;
const data = (streamId: number, text: string, flag = 0) => frame(types.data, streamId, text, flag);

describe("a large body", () => {
  it("of a hundred megabytes goes up in bounded memory", { timeout: 60_000 }, async () => {
    const before = bytesInUse();
    let most = 0;
    let received = 0;
    mutual.serve((arrived, response) => {
      let next = 0;
      arrived.on("data", (chunk: Buffer) => {
        received += chunk.length;
        if (received >= next) {
          most = Math.max(most, bytesInUse() - before);
          next += 5 * megabyte;
        }
      });
      arrived.once("end", () => response.end(`${received}`));
    });
    const session = await mutual.session({ servername: "big.test" });
    const stream = session.request({ ":method": "POST", ":path": "/" });
    pour(stream, whole);
    expect(await finish(stream)).toMatchObject({ status: 200, body: `${whole}` });
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(8 * megabyte);
  });

  it("of a hundred megabytes comes down in bounded memory", { timeout: 60_000 }, async () => {
    mutual.serve((_request, response) => pour(response, whole));
    const before = bytesInUse();
    let most = 0;
    let received = 0;
    let next = 0;
    const stream = (await mutual.session({ servername: "big.test" })).request({ ":path": "/" });
    stream.on("data", (chunk: Buffer) => {
      received += chunk.length;
      if (received >= next) {
        most = Math.max(most, bytesInUse() - before);
        next += 5 * megabyte;
      }
    });
    await once(stream, "end");
    expect(received).toBe(whole);
    expect(most).toBeGreaterThan(0);
    expect(most).toBeLessThan(8 * megabyte);
  });

  it("waits at the origin while its client takes nothing, and the stream beside it does not", async () => {
    let written = 0;
    mutual.serve((arrived, response) => {
      if (arrived.url === "/") pour(response, 32 * megabyte, (count) => (written = count));
      else response.end("beside");
    });
    const session = await mutual.session();
    const slow = session.request({ ":path": "/" }).pause();
    expect(await settled(() => written)).toBeLessThan(16 * megabyte);
    expect(await ask(session, { ":path": "/beside" })).toMatchObject({ status: 200, body: "beside" });
    let received = 0;
    slow.on("data", (chunk: Buffer) => (received += chunk.length)).resume();
    await once(slow, "end");
    expect(received).toBe(32 * megabyte);
  });

  it("waits at the client while the origin takes nothing, and the stream beside it does not", async () => {
    let written = 0;
    let taking = () => {};
    mutual.serve((arrived, response) => {
      if (arrived.url !== "/") return void response.end("beside");
      let received = 0;
      arrived.once("end", () => response.end(`${received}`)).pause();
      taking = () => void arrived.on("data", (chunk: Buffer) => (received += chunk.length)).resume();
    });
    const session = await mutual.session({ servername: "big.test" });
    const stream = session.request({ ":method": "POST", ":path": "/" });
    pour(stream, 32 * megabyte, (count) => (written = count));
    expect(await settled(() => written)).toBeLessThan(16 * megabyte);
    expect(await ask(session, { ":path": "/beside" })).toMatchObject({ status: 200, body: "beside" });
    taking();
    expect(await finish(stream)).toMatchObject({ status: 200, body: `${32 * megabyte}` });
  });
});

describe("a body over the limit", () => {
  it("that is announced gets 413 and reaches nobody", async () => {
    const raw = await mutual.frames();
    raw.send(request(1, post([["content-length", `${megabyte + 1}`]]), open));
    expect(await raw.outcome(1)).toMatchObject({ status: 413 });
    expect(mutual.arrivals).toEqual([]);
    expect((await raw.find(({ type }) => type === types.rstStream))?.payload.readUInt32BE(0)).toBe(0);
  });

  it("that is counted gets 413, and the origin a broken request", async () => {
    const endings = tellingOrigin();
    const session = await mutual.session();
    const stream = session.request({ ":method": "POST", ":path": "/" });
    pour(stream, 2 * megabyte);
    expect(await finish(stream)).toMatchObject({ status: 413, rstCode: 0 });
    await expect.poll(() => endings).toEqual(["broken"]);
    expect(await ask(session)).toMatchObject({ status: 200 });
  });
});

describe("a body that its client breaks off", () => {
  const reset = (code: number) => (raw: RawHttp2) => raw.send(frame(types.rstStream, 1, uint32(code)));
  it.each<[string, Field[], (raw: RawHttp2) => void]>([
    ["with NO_ERROR", [], reset(0)],
    ["with CANCEL", [], reset(8)],
    ["with NO_ERROR, short of its length", [["content-length", "10"]], reset(0)],
    ["with CANCEL, short of its length", [["content-length", "10"]], reset(8)],
    ["by ending short of its length", [["content-length", "10"]], (raw) => raw.send(data(1, "", flags.endStream))],
    ["by going on past its length", [["content-length", "6"]], (raw) => raw.send(data(1, " world", flags.endStream))],
    ["by trailers short of its length", [["content-length", "10"]], (raw) => raw.send(request(1, [["x", "1"]]))],
    ["by trailers that are none", [], (raw) => raw.send(request(1, [[":path", "/"]]))],
    ["with the connection", [], (raw) => raw.destroy()],
    ["with a frame that ends the connection", [], (raw) => raw.send(frame(types.ping, 0, "short"))],
  ])("%s never looks whole to the origin", async (_name, more, end) => {
    const endings = tellingOrigin();
    for (const method of ["POST", "HEAD"]) {
      const raw = await mutual.frames();
      raw.send(request(1, [...head("shop.test", { ":method": method }), ...more], open), data(1, "hello"));
      await expect.poll(() => mutual.arrivals.length).toBe(1);
      end(raw);
      await expect.poll(() => endings).toEqual(["broken"]);
      endings.length = 0;
      mutual.arrivals.length = 0;
    }
    expect(await ask(await mutual.session())).toMatchObject({ status: 200 });
    expect(endings).toEqual(["whole: "]);
  });

  it.each([0, 8])("with code %i while the origin takes nothing never looks whole to it either", async (code) => {
    let taking = () => {};
    const endings: string[] = [];
    mutual.serve((arrived) => {
      arrived
        .once("end", () => endings.push("whole"))
        .once("error", () => endings.push("broken"))
        .pause();
      taking = () => void arrived.resume();
    });
    const session = await mutual.session({ servername: "big.test" });
    const stream = session.request({ ":method": "POST", ":path": "/" }).on("error", () => {});
    let written = 0;
    pour(stream, 32 * megabyte, (count) => (written = count));
    await settled(() => written);
    stream.close(code);
    taking();
    await expect.poll(() => endings).toEqual(["broken"]);
  });
});

describe("an answer before the whole body", () => {
  it.each(["POST", "HEAD"])(
    "to %s ends the sending of it without an error, and the origin's connection is not used again",
    async (method) => {
      mutual.serve((_request, response) => response.end("early"));
      const raw = await mutual.frames();
      raw.send(request(1, [...head("shop.test", { ":method": method }), ["content-length", "100"]], open), data(1, "hello"));
      expect(await raw.outcome(1)).toMatchObject({ status: 200, end: "END_STREAM", body: method === "HEAD" ? "" : "early" });
      expect((await raw.find(({ type }) => type === types.rstStream))?.payload.readUInt32BE(0)).toBe(0);
    },
  );

  it.each([0, 8])("does not let a reset with code %i leave the origin waiting for the next client's bytes", async (code) => {
    mutual.serve((_request, response) => response.end("early"));
    for (let round = 0; round < 5; round += 1) {
      const raw = await mutual.frames();
      raw.send(request(1, post([["content-length", "300"]]), open), data(1, "hello"));
      await raw.outcome(1);
      raw.send(frame(types.rstStream, 1, uint32(code)));
      const victim = await ask(await mutual.session(), { ":path": `/victim?${"x".repeat(400)}` });
      expect(victim).toMatchObject({ status: 200, body: "early" });
      expect(mutual.arrivals.at(-1)?.url).toMatch(/^\/victim/);
      raw.destroy();
    }
  });

  it.each([0, 8])("and a reset with code %i do not make the part look whole to the origin", async (code) => {
    const endings: string[] = [];
    mutual.serve((arrived, response) => {
      arrived.resume().once("end", () => endings.push("whole"));
      arrived.socket.once("close", () => endings.push("over"));
      response.write("early");
      setImmediate(() => response.end());
    });
    for (let round = 0; round < 5; round += 1) {
      const raw = await mutual.frames();
      raw.send(request(1, post(), open), data(1, "hello"));
      await raw.outcome(1);
      raw.send(frame(types.rstStream, 1, uint32(code)));
      await expect.poll(() => endings).toEqual(["over"]);
      endings.length = 0;
    }
  });

  it("in full, larger than the client takes at once, loses nothing of it", async () => {
    mutual.serve((_request, response) => pour(response, 4 * megabyte));
    const stream = (await mutual.session()).request({ ":method": "POST", ":path": "/" });
    stream.write("hello");
    let received = 0;
    stream
      .on("error", () => {})
      .on("data", (chunk: Buffer) => {
        received += chunk.length;
        stream.pause();
        setImmediate(() => stream.resume());
      });
    await once(stream, "close");
    expect([received, stream.rstCode]).toEqual([4 * megabyte, 0]);
  });
});

describe("a client that goes away", () => {
  it.each(["while the origin thinks", "while the origin answers"])("%s takes its request with it, and no other stream", async (when) => {
    const closed: string[] = [];
    let held: ServerResponse | null = null;
    mutual.serve((arrived, response) => {
      arrived.socket.once("close", () => closed.push(arrived.url ?? ""));
      if (arrived.url === "/held") held = response;
      else if (when.endsWith("answers")) response.write("begun");
    });
    const session = await mutual.session();
    const kept = ask(session, { ":path": "/held" });
    const stream = session.request({ ":path": "/gone" }).on("error", () => {});
    await expect.poll(() => mutual.arrivals.length).toBe(2);
    if (when.endsWith("answers")) await once(stream, "data");
    stream.close(8);
    await expect.poll(() => closed).toEqual(["/gone"]);
    (held as ServerResponse | null)?.end("kept");
    expect(await kept).toMatchObject({ status: 200, body: "kept" });
  });
});

describe("an origin that breaks off", () => {
  it.each([
    ["a body of known length", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"],
    ["a chunked body", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"],
    ["a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"],
  ])("in %s resets the stream, which never looks whole, and no other", async (_name, says) => {
    mutual.serve((arrived, response) => {
      if (arrived.url === "/") arrived.socket.end(says);
      else response.end("beside");
    });
    const raw = await mutual.frames();
    raw.send(request(1, head("shop.test")));
    expect(await raw.outcome(1)).toEqual({ status: 200, body: "half", end: "INTERNAL_ERROR" });
    raw.send(request(3, head("shop.test", { ":path": "/beside" })));
    expect(await raw.outcome(3)).toMatchObject({ status: 200, body: "beside", end: "END_STREAM" });
  });

  it("by silence is 504 before the answer, and a reset in its middle", async () => {
    mutual.serve((arrived, response) => void (arrived.url === "/" || response.write("begun")));
    const raw = await mutual.frames({ servername: "quick.test" });
    raw.send(request(1, head("quick.test")), request(3, head("quick.test", { ":path": "/begun" })));
    expect(await raw.outcome(1)).toMatchObject({ status: 504, end: "END_STREAM" });
    expect(await raw.outcome(3)).toEqual({ status: 200, body: "begun", end: "INTERNAL_ERROR" });
  });

  it("before a window that is closed resets the stream all the same", async () => {
    mutual.serve((arrived, response) => {
      response.write("begun");
      setImmediate(() => arrived.socket.destroy());
    });
    const raw = await mutual.frames({ opening: [Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), settings([4, 0])] });
    raw.send(request(1, head("shop.test")));
    expect(await raw.outcome(1)).toEqual({ status: 200, body: "", end: "INTERNAL_ERROR" });
  });
});
