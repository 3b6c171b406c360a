import { connect, createServer, type Socket } from "node:net";
import { wordFor } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";
import { fetchTls, listenLocally, openTls, recordHello } from "#sensor/client-fixture.ts";

const whole = "The ClientHello is put together from its segments and records before it decides anything";

/** Bytes before and instead of a handshake. */
export const handshake: Attack[] = [
  ...[1, 2, 3, 4, 5].map(
    (size): Attack => ({
      name: `A partner's hello comes in segments of ${size} bytes (CVE-2026-32305)`,
      run: (field) => through(field, (hello) => inPieces(hello, size), field.people.partner),
      obvious: "200",
      tessera: "200",
      rule: whole,
      weakened: { where: ["a hello ends with its first segment"], outcome: "alert unrecognized_name" },
    }),
  ),
  {
    name: "A client without a certificate sends its hello byte by byte",
    run: (field) => through(field, (hello) => inPieces(hello, 1)),
    obvious: "403",
    tessera: "403; CLIENT_CERT_MISSING",
    rule: whole,
  },
  ...[1, 3, 5].map(
    (size): Attack => ({
      name: `A client's hello is cut into TLS records of ${size} bytes`,
      run: (field) => answerTo(field, (hello) => inRecords(hello, size)),
      obvious: "goes on with the handshake",
      tessera: "goes on with the handshake",
      rule: whole,
      weakened: { where: ["a hello ends with its first segment"], outcome: "alert unrecognized_name" },
    }),
  ),
  {
    name: "A hello announces a megabyte",
    run: (field) => answerTo(field, () => [Buffer.from([22, 3, 1, 0, 4, 1, 0x10, 0, 0])]),
    obvious: "alert illegal_parameter",
    tessera: "alert decode_error",
    rule: "At most 64 KiB of hello, refused by its announced length",
  },
  {
    name: "Plain HTTP on the HTTPS port",
    run: (field) => answerTo(field, () => [Buffer.from("GET / HTTP/1.1\r\nHost: guarded.test\r\n\r\n")]),
    obvious: "closed",
    tessera: "alert decode_error",
    rule: "What is no hello ends with an alert; nothing is answered in the clear",
  },
  {
    name: "A partner renegotiates over TLS 1.2, which may swap the certificate under a standing verdict",
    run: renegotiate,
    obvious: "renegotiated",
    tessera: "refused",
    rule: "SSL_OP_NO_RENEGOTIATION on every server",
    weakened: { where: ["renegotiation is allowed"], outcome: "renegotiated" },
  },
  {
    name: "Two hundred connections of broken hellos, half of them reset",
    run: async (field) => {
      const hello = await recordHello({ servername: "guarded.test" });
      await Promise.all(Array.from({ length: 200 }, (_, round) => breakIn(field, hello, round)));
      return "serves on";
    },
    obvious: "serves on",
    tessera: "serves on",
    rule: "The reader never throws, and every socket has an error listener for its whole life",
  },
];

/** A GET whose hello passes through a relay that cuts it up. */
async function through(field: Field, cut: (hello: Buffer) => Buffer[], client?: Field["people"]["partner"]): Promise<string> {
  const relay = createServer((near) => {
    const far = dial(field);
    near.on("data", async (bytes) => {
      for (const piece of cut(bytes)) await writeAlone(far, piece);
    });
    near.on("error", () => {});
    far.pipe(near);
  });
  const port = await listenLocally(relay);
  const outcome = await fetchTls({ port, servername: "guarded.test", client }).then(({ status }) => String(status), wordFor);
  relay.close();
  const { length } = field.arrivals("guarded.test");
  return (length === 1) === (outcome === "200") ? outcome : `${outcome}, with ${length} requests at the origin`;
}

/** What the server says to a hello made of this Node's own. */
async function answerTo(field: Field, make: (hello: Buffer) => Buffer[]): Promise<string> {
  const socket = dial(field);
  const answered = new Promise<Buffer | null>((resolve) => {
    socket.once("data", resolve);
    socket.once("close", () => resolve(null));
  });
  for (const piece of make(await recordHello({ servername: "guarded.test" }))) await writeAlone(socket, piece);
  const answer = await answered;
  socket.destroy();
  if (answer === null) return "closed";
  return answer[0] === 21 ? `alert ${alerts[answer[6] ?? 0] ?? answer[6]}` : "goes on with the handshake";
}

const alerts: Record<number, string> = { 47: "illegal_parameter", 50: "decode_error", 80: "internal_error", 112: "unrecognized_name" };

async function renegotiate(field: Field): Promise<string> {
  const { partner } = field.people;
  const { socket } = await openTls({ port: field.port, servername: "guarded.test", version: "TLSv1.2", client: partner });
  const failure = await new Promise<Error | null>((resolve) => {
    socket.once("error", resolve);
    socket.renegotiate({}, resolve);
  });
  socket.destroy();
  return failure === null ? "renegotiated" : "refused";
}

async function breakIn(field: Field, hello: Buffer, round: number): Promise<void> {
  const socket = dial(field);
  const broken = Buffer.from(hello);
  broken[(round * 37) % broken.length] = (round * 101) % 256;
  const isDone = new Promise((resolve) => socket.once("close", resolve));
  socket.write(broken.subarray(0, round % 3 === 0 ? broken.length : 1 + ((round * 7) % broken.length)));
  if (round % 2 === 0) socket.resetAndDestroy();
  else socket.end();
  await isDone;
}

function inPieces(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
}

/** The same handshake bytes in records of `size` bytes. */
function inRecords(hello: Buffer, size: number): Buffer[] {
  return inPieces(hello.subarray(5), size).map((part) => Buffer.concat([Buffer.from([22, 3, 1, 0, part.length]), part]));
}

/** Lets the other side read before more is written: pieces written in one turn would arrive as one. */
async function writeAlone(socket: Socket, piece: Buffer): Promise<void> {
  socket.write(piece);
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
}

function dial(field: Field): Socket {
  const socket = connect({ port: field.port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  return socket.resume();
}
