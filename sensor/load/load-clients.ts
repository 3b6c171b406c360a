import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { ClientHttp2Session } from "node:http2";
import { request as httpsRequest } from "node:https";
import { connect as connectTcp } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Identity } from "#e2e/pki/authority.ts";
import { type ClientOptions, openPlain, openTls, type RawClient, recordHello } from "#sensor/client-fixture.ts";
import { finish, openSession } from "#sensor/http2-fixture.ts";
import { bigBody, eventsPerStream, lateMs, sumOf } from "#sensor/load/load-origin.ts";
import { Broken, Unanswered } from "#sensor/load/load-record.ts";

/** Whom the clients dial, and as whom. */
export type Door = { httpsPort: number; httpPort: number; client: Identity; stranger: Identity };

/** One client of a kind: `act` is done over and over and rejects when it did not get what it came for. */
export type LoadClient = { act: (signal: AbortSignal) => Promise<void>; leave?: () => void };

export type ClientKind = { name: string; count: number; pauseMs: number; needsOrigin: boolean; create: (door: Door) => LoadClient };

const upload = bigBody.subarray(0, 2 * 1_048_576);
const uploadSum = sumOf(upload);
const host = "shop.test";

/** All that comes to a sensor: the patient, the hasty, the slow, those who leave in the middle and those who may not enter. */
export const clientKinds: ClientKind[] = [
  { name: "kept HTTP/1.1", count: 6, pauseMs: 5, needsOrigin: true, create: keptHttp1 },
  { name: "kept HTTP/2", count: 3, pauseMs: 20, needsOrigin: true, create: keptHttp2 },
  { name: "new HTTP/1.1", count: 2, pauseMs: 50, needsOrigin: true, create: each(askOnce) },
  { name: "WebSocket", count: 4, pauseMs: 100, needsOrigin: true, create: each(chat) },
  { name: "events", count: 3, pauseMs: 100, needsOrigin: true, create: each(listenToEvents) },
  { name: "upload", count: 2, pauseMs: 150, needsOrigin: true, create: each(uploadBody) },
  { name: "download", count: 2, pauseMs: 150, needsOrigin: true, create: each(downloadBody) },
  { name: "slow download", count: 1, pauseMs: 100, needsOrigin: true, create: each(downloadSlowly) },
  { name: "late answer", count: 4, pauseMs: 50, needsOrigin: true, create: each(waitForAnswer) },
  { name: "slow head", count: 2, pauseMs: 100, needsOrigin: true, create: each(askSlowly) },
  { name: "slow hello", count: 1, pauseMs: 100, needsOrigin: false, create: each(greetSlowly) },
  { name: "aborted upload", count: 1, pauseMs: 100, needsOrigin: true, create: each(abortUpload) },
  { name: "aborted download", count: 1, pauseMs: 100, needsOrigin: true, create: each(abortDownload) },
  { name: "refused", count: 2, pauseMs: 100, needsOrigin: false, create: each(beRefused) },
  { name: "unknown name", count: 1, pauseMs: 200, needsOrigin: false, create: each(nameNobody) },
  { name: "plain HTTP", count: 1, pauseMs: 200, needsOrigin: false, create: each(askPlainly) },
];

function each(act: (door: Door, signal: AbortSignal) => Promise<void>): (door: Door) => LoadClient {
  return (door) => ({ act: (signal) => act(door, signal) });
}

function keptHttp1(door: Door): LoadClient {
  let kept: RawClient | null = null;
  return { act, leave: () => void kept?.socket.destroy() };

  async function act(signal: AbortSignal): Promise<void> {
    if (kept === null || kept.isClosed()) kept = await open(door, signal);
    const { status, headers, body } = await answered(kept.get("/kept", host));
    // What says so closes after this answer; to ask on would be our fault.
    if (headers.connection === "close") {
      kept.socket.destroy();
      kept = null;
    }
    expect(status === 200 && body === "/kept", `${status} ${body}`);
  }
}

function keptHttp2(door: Door): LoadClient {
  let kept: ClientHttp2Session | null = null;
  return { act, leave: () => kept?.destroy() };

  async function act(): Promise<void> {
    if (kept === null || kept.closed || kept.destroyed)
      kept = await answered(openSession({ port: door.httpsPort, servername: host, client: door.client }));
    const session = kept;
    const paths = ["/one", "/two", "/three", "/four"];
    const answers = await Promise.all(paths.map((path) => askOver(session, path)));
    expect(answers.join() === paths.join(), answers.join());
  }
}

async function askOver(session: ClientHttp2Session, path: string): Promise<string> {
  if (session.closed || session.destroyed) throw new Unanswered("the session has ended");
  const answer = await finish(session.request({ ":path": path }));
  if (answer.status === null) throw new Unanswered(`the stream ended with ${answer.rstCode}`);
  expect(answer.status === 200, `${answer.status}`);
  if (!answer.isWhole) throw new Broken(`the stream ended with ${answer.rstCode} in the middle`);
  return answer.body;
}

async function askOnce(door: Door, signal: AbortSignal): Promise<void> {
  const body = await read(await send(door, { path: "/once", signal }));
  expect(body.toString() === "/once", body.toString());
}

async function uploadBody(door: Door, signal: AbortSignal): Promise<void> {
  const sum = await read(await send(door, { path: "/sum", body: upload, signal }));
  expect(sum.toString() === uploadSum, `the origin got another body (${sum.toString().slice(0, 100)})`);
}

async function downloadBody(door: Door, signal: AbortSignal): Promise<void> {
  const body = await read(await send(door, { path: "/big", signal }));
  expect(body.equals(bigBody), `${body.length} bytes came`);
}

async function downloadSlowly(door: Door, signal: AbortSignal): Promise<void> {
  const answer = await send(door, { path: "/big", signal });
  const body = await read(answer, 5);
  expect(body.equals(bigBody), `${body.length} bytes came`);
}

async function listenToEvents(door: Door, signal: AbortSignal): Promise<void> {
  const text = (await read(await send(door, { path: "/events", signal }))).toString();
  expect(text.split("data:").length - 1 === eventsPerStream, text);
}

/** A request that the origin has is none to repeat: whatever becomes of its revision, it is answered. */
async function waitForAnswer(door: Door, signal: AbortSignal): Promise<void> {
  const raw = await open(door, signal);
  const asked = performance.now();
  try {
    const { status, body } = await answered(raw.get("/late", host));
    expect(status === 200 && body === "/late", `${status} ${body}`);
  } catch (failure) {
    const isUnderWay = performance.now() - asked > lateMs / 2;
    throw failure instanceof Unanswered && isUnderWay ? new Broken(failure.message) : failure;
  } finally {
    raw.socket.destroy();
  }
}

async function abortUpload(door: Door, signal: AbortSignal): Promise<void> {
  const outgoing = start(door, { path: "/sum", signal, method: "POST", headers: { "content-length": upload.length } });
  outgoing.on("error", () => {});
  outgoing.write(upload.subarray(0, 300_000));
  await sleep(100);
  outgoing.destroy();
}

async function abortDownload(door: Door, signal: AbortSignal): Promise<void> {
  const answer = await send(door, { path: "/big", signal });
  answer.on("error", () => {});
  await once(answer, "data");
  answer.destroy();
}

/** Over long before the five seconds after which a WebSocket ends whose revision had more trust. */
async function chat(door: Door, signal: AbortSignal): Promise<void> {
  const raw = await open(door, signal);
  raw.send(`GET /chat HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
  const { status } = await answered(raw.reply());
  expect(status === 101, `${status}`);
  let heard = "";
  raw.socket.on("data", (text: string) => {
    heard += text;
  });
  let said = "";
  for (let at = 0; at < 10; at += 1) {
    const word = `\x81\x86\0\0\0\0word${String(at).padStart(2, "0")}`;
    said += word;
    raw.socket.write(word, "latin1");
    await sleep(50);
  }
  while (heard.length < said.length && !raw.isClosed()) await sleep(10);
  if (raw.isClosed()) throw new Broken(`after ${heard.length} of ${said.length} bytes`);
  raw.socket.destroy();
  expect(heard === said, `${heard.length} of ${said.length} bytes came back`);
}

async function askSlowly(door: Door, signal: AbortSignal): Promise<void> {
  const raw = await open(door, signal);
  for (const letter of `GET /slow HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`) {
    raw.send(letter);
    await sleep(20);
  }
  const { status, body } = await answered(raw.reply());
  raw.socket.destroy();
  expect(status === 200 && body === "/slow", `${status} ${body}`);
}

let hello: Promise<Buffer> | null = null;

async function greetSlowly(door: Door, signal: AbortSignal): Promise<void> {
  hello ??= recordHello({ servername: host });
  const bytes = await hello;
  const socket = connectTcp({ host: "127.0.0.1", port: door.httpsPort, noDelay: true, signal });
  socket.on("error", () => {});
  const heard = new Promise<Buffer | null>((resolve) => socket.once("data", resolve).once("close", () => resolve(null)));
  for (let at = 0; at < bytes.length && !socket.destroyed; at += 40) {
    socket.write(bytes.subarray(at, at + 40));
    await sleep(10);
  }
  const first = await heard;
  socket.destroy();
  if (first === null) throw new Unanswered("nothing came");
  // A handshake record: the ServerHello.
  expect(first[0] === 22, `a record of type ${first[0]} came`);
}

async function beRefused(door: Door, signal: AbortSignal): Promise<void> {
  for (const client of [undefined, door.stranger]) {
    const raw = await open({ ...door, client }, signal);
    const { status } = await answered(raw.get("/refused", host));
    expect(status === 403, `${status}`);
    await raw.closed;
  }
}

async function nameNobody(door: Door): Promise<void> {
  const failure = await openTls({ port: door.httpsPort, servername: "nobody.test" }).catch((error: unknown) => error);
  const code = failure instanceof Error && "code" in failure ? failure.code : "";
  if (code === "ECONNRESET") throw new Unanswered(String(failure));
  expect(code === "ERR_SSL_TLSV1_UNRECOGNIZED_NAME", `${failure}`);
}

async function askPlainly(door: Door): Promise<void> {
  const raw = await openPlain(door.httpPort);
  const { status } = await answered(raw.get("/plain", host));
  raw.socket.destroy();
  expect(status === 403, `${status}`);
}

/** A connection of its own that ends with the signal. */
async function open(door: Pick<Door, "httpsPort"> & { client?: Identity }, signal: AbortSignal): Promise<RawClient> {
  const options: ClientOptions = { port: door.httpsPort, servername: host, client: door.client };
  const raw = await answered(openTls(options));
  signal.addEventListener("abort", () => raw.socket.destroy());
  return raw;
}

type Sending = { path: string; signal: AbortSignal; method?: string; headers?: Record<string, number>; body?: Buffer };

function start(door: Door, { path, signal, method = "GET", headers = {} }: Sending) {
  return httpsRequest({
    host: "127.0.0.1",
    port: door.httpsPort,
    servername: host,
    path,
    method,
    headers: { host, ...headers },
    cert: door.client.certificate,
    key: door.client.key,
    rejectUnauthorized: false,
    agent: false,
    signal,
  });
}

/** The answer's head; its status must be 200. */
async function send(door: Door, { body, ...rest }: Sending): Promise<IncomingMessage> {
  const outgoing = start(door, body === undefined ? rest : { ...rest, method: "POST", headers: { "content-length": body.length } });
  outgoing.end(body);
  const [answer] = (await answered(once(outgoing, "response"))) as [IncomingMessage];
  outgoing.on("error", () => {});
  if (answer.statusCode !== 200) {
    answer.resume().on("error", () => {});
    throw new Error(`${answer.statusCode}`);
  }
  return answer;
}

async function read(answer: IncomingMessage, pauseMs = 0): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of answer) {
      chunks.push(chunk);
      if (pauseMs > 0) await sleep(pauseMs);
    }
  } catch (failure) {
    throw new Broken(`after ${chunks.length} chunks: ${failure}`);
  }
  return Buffer.concat(chunks);
}

/** Whatever went wrong before the head of an answer was there. */
async function answered<T>(waiting: Promise<T>): Promise<T> {
  try {
    return await waiting;
  } catch (failure) {
    throw new Unanswered(failure instanceof Error ? failure.message : String(failure));
  }
}

function expect(holds: boolean, got: string): void {
  if (!holds) throw new Error(`got ${got.slice(0, 200)}`);
}
