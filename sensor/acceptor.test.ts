import { once } from "node:events";
import { connect, Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "#lib/log.ts";
import { type Acceptor, createAcceptor } from "#sensor/acceptor.ts";
import { type BoundPort, bindPort } from "#sensor/bound-port.ts";
import type { Arrival } from "#sensor/messages.ts";

let bound: Record<"http" | "https", BoundPort>;
let acceptor: Acceptor;
let questions: (readonly Arrival[])[];
let taken: Socket[];
let closed: string[];
let lines: { msg: string }[];
const clients: Socket[] = [];

beforeEach(async () => {
  const bind = (variable: string) => bindPort({ port: 0, host: "127.0.0.1", variable });
  bound = { http: await bind("SENSOR_HTTP_PORT"), https: await bind("SENSOR_HTTPS_PORT") };
  [questions, taken, closed, lines] = [[], [], [], []];
  acceptor = createAcceptor({
    ports: { SENSOR_HTTP_PORT: bound.http.number, SENSOR_HTTPS_PORT: bound.https.number, SENSOR_ADMIN_PORT: 0 },
    ask: (arrivals) => void questions.push(arrivals),
    take: (_port, socket) => void taken.push(socket),
    onClosed: (address) => void closed.push(address),
    log: createLogger("test", (line) => lines.push(JSON.parse(line))),
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  acceptor.leave();
  for (const socket of [...clients.splice(0), ...taken]) socket.destroy();
  for (const port of Object.values(bound)) port.close();
});

const listen = () => Promise.all([acceptor.listen("http", bound.http.handle), acceptor.listen("https", bound.https.handle)]);

async function open(port: "http" | "https", text = ""): Promise<{ socket: Socket; end: Promise<string> }> {
  const socket = connect(bound[port].number, "127.0.0.1");
  clients.push(socket);
  const end = new Promise<string>((resolve) => {
    socket.once("error", (failure) => resolve("code" in failure ? String(failure.code) : failure.message));
    socket.once("close", () => resolve("closed"));
  });
  await once(socket, "connect");
  await new Promise((resolve) => socket.write(text, resolve));
  socket.resume();
  return { socket, end };
}

const asked = () => questions.flat().length;

describe("a connection", () => {
  it("is asked about before a byte is read, and flows once it is let in", async () => {
    await listen();
    await open("https", "hello");
    await expect.poll(asked).toBe(1);
    expect(questions).toEqual([[["https", "127.0.0.1"]]]);
    // What was written over loopback is there: who reads would have it after these turns.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(taken).toEqual([]);
    acceptor.judge([null]);
    expect(taken).toHaveLength(1);
    expect(taken[0]?.bytesRead).toBe(0);
    const [chunk] = taken[0] === undefined ? [] : await once(taken[0], "data");
    expect(String(chunk)).toBe("hello");
  });

  it("over a limit is reset, and so is one without a judgement", async () => {
    await listen();
    const first = await open("http");
    await expect.poll(asked).toBe(1);
    const second = await open("http");
    acceptor.judge(["connections"]);
    expect(await first.end).toBe("ECONNRESET");
    await expect.poll(asked).toBe(2);
    acceptor.judge([]);
    expect(await second.end).toBe("ECONNRESET");
    expect([taken, closed]).toEqual([[], []]);
  });

  it("that comes while an answer is under way waits for the next question, and a question has a bound", async () => {
    await listen();
    await open("http");
    await expect.poll(asked).toBe(1);
    await Promise.all(Array.from({ length: 300 }, () => open("http")));
    // A connected client is in the system's queue, which gives one in each turn of the loop at least.
    for (let turn = 0; turn < 400; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(questions).toHaveLength(1);
    acceptor.judge([null]);
    expect(questions[1]).toHaveLength(256);
    acceptor.judge(Array(256).fill(null));
    expect(questions[2]).toHaveLength(44);
    acceptor.judge(Array(44).fill(null));
    expect([questions.length, taken.length]).toEqual([3, 301]);
  });
});

describe("leaving", () => {
  it("ends what waits; what is let in after all is said to be over, once", async () => {
    await listen();
    const first = await open("http");
    await expect.poll(asked).toBe(1);
    acceptor.leave();
    expect(["closed", "ECONNRESET"]).toContain(await first.end);
    acceptor.judge([null]);
    expect([taken, closed]).toEqual([[], ["127.0.0.1"]]);
    expect(acceptor.isListening()).toBe(false);
  });

  it("is final: a port that comes later is closed", async () => {
    acceptor.leave();
    await listen();
    expect(acceptor.isListening()).toBe(false);
  });
});

describe("listening", () => {
  it("a port that is not there, or not bound to its number, is refused: any free one would be nobody's", async () => {
    await expect(acceptor.listen("http", undefined)).rejects.toMatchObject({ code: "port.unusable" });
    await expect(acceptor.listen("http", bound.https.handle)).rejects.toMatchObject({ code: "port.unusable" });
    expect(acceptor.isListening()).toBe(false);
  });

  it("on a port that another program took meanwhile names it", async () => {
    // Both could bind, since nobody listened yet.
    const { number } = bound.http;
    const other = await bindPort({ port: number, host: "127.0.0.1", variable: "SENSOR_HTTP_PORT" });
    await acceptor.listen("http", other.handle);
    const late = createAcceptor({
      ports: { SENSOR_HTTP_PORT: number, SENSOR_HTTPS_PORT: 0, SENSOR_ADMIN_PORT: 0 },
      ask: () => {},
      take: () => {},
      onClosed: () => {},
      log: createLogger("test", () => {}),
    });
    await expect(late.listen("http", bound.http.handle)).rejects.toMatchObject({
      code: "port.unusable",
      message: expect.stringMatching(/^SENSOR_HTTP_PORT is .*another program listens there/),
    });
  });

  it("ends with a connection the system cannot give, which is said and ends nothing: the primary sends the ports again", async () => {
    const listening = vi.spyOn(Server.prototype, "listen");
    await listen();
    await open("http");
    await expect.poll(asked).toBe(1);
    // What Node does with accept(2)'s ENOBUFS, ENOMEM or EPERM; without a listener it would throw.
    const failure = Object.assign(new Error("accept ENOBUFS"), { code: "ENOBUFS" });
    for (const server of listening.mock.contexts) if (server instanceof Server) server.emit("error", failure);
    expect(lines.map(({ msg }) => msg)).toEqual(Array(2).fill("a connection could not be accepted"));
    expect(acceptor.isListening()).toBe(false);
    acceptor.judge([null]);
    expect(taken).toHaveLength(1);
  });

  it("ends while the primary does not answer and a thousand wait", async () => {
    await listen();
    for (let wave = 0; wave < 13; wave += 1) await Promise.all(Array.from({ length: 80 }, () => open("https")));
    await expect.poll(acceptor.isListening).toBe(false);
    expect(questions).toHaveLength(1);
  });
});
