import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { Duplex } from "node:stream";
import { describe, expect, it } from "vitest";
import { ProtocolError } from "#sensor/response-head.ts";
import { ResponseReader } from "#sensor/response-reader.ts";

type Read = { status: number; phrase: string; headers: string[]; body: string; keptMs: number | null } | "refused" | "unfinished";

/** What the reader makes of `text` when it comes in pieces of `size` bytes and the connection then ends. */
function read(text: string, { method = "GET", size = text.length || 1 } = {}): Read {
  const reader = new ResponseReader();
  const bytes = Buffer.from(text, "latin1");
  let found: Exclude<Read, string> | null = null;
  let isEnded = false;
  reader.expect(method, {
    interim: () => {},
    head: ({ status, phrase, headers }) => {
      found = { status, phrase, headers: [...headers], body: "", keptMs: null };
    },
    body: (part) => {
      if (found !== null) found.body += part.toString("latin1");
    },
    end: () => {
      isEnded = true;
    },
  });
  try {
    for (let at = 0; at < bytes.length && !isEnded; at += size) reader.read(bytes.subarray(at, at + size));
    reader.close();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    // Bytes behind a whole answer cost the connection, not the answer.
    return isEnded && found !== null ? { ...(found as Exclude<Read, string>), keptMs: 0 } : "refused";
  }
  return found === null || !isEnded ? "unfinished" : { ...(found as Exclude<Read, string>), keptMs: reader.keptMs };
}

/** What Node's own client makes of the same bytes. */
async function readByNode(text: string, method = "GET"): Promise<Omit<Exclude<Read, string>, "keptMs"> | "refused"> {
  const wire = new Duplex({ read() {}, write: (_part, _encoding, done) => done() });
  const sent = request({ method, createConnection: () => wire });
  const answer = once(sent, "response") as Promise<[IncomingMessage]>;
  answer.catch(() => {});
  sent.on("error", () => {});
  sent.end();
  wire.push(Buffer.from(text, "latin1"));
  wire.push(null);
  try {
    const [message] = await answer;
    let body = "";
    for await (const part of message.setEncoding("latin1")) body += part;
    const headers = message.rawHeaders.map((one, at) => (at % 2 === 0 ? one.toLowerCase() : one));
    return { status: message.statusCode ?? 0, phrase: message.statusMessage ?? "", headers, body };
  } catch {
    return "refused";
  } finally {
    wire.destroy();
  }
}

const ok = "HTTP/1.1 200 OK\r\n";

describe("an answer", () => {
  it.each<[string, string, object]>([
    ["of known length", `${ok}Content-Length: 5\r\nX-A:  b \r\n\r\nhello`, { body: "hello", headers: ["content-length", "5", "x-a", "b"] }],
    ["in chunks", `${ok}Transfer-Encoding: Chunked\r\n\r\n3;a="b\\"c";d\r\nhel\r\n02\r\nlo\r\n0\r\nX-Sum: 1\r\n\r\n`, { body: "hello" }],
    ["that ends with its connection", `${ok}\r\nhello`, { body: "hello", keptMs: 0 }],
    ["of HTTP/1.0", "HTTP/1.0 404 Not Found\r\nContent-Length: 2\r\n\r\nno", { status: 404, body: "no", keptMs: 0 }],
    ["without a reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", { phrase: "", body: "" }],
    [
      "behind interim ones",
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n${ok}Content-Length: 1\r\n\r\nx`,
      { body: "x" },
    ],
    ["204", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, body: "", keptMs: null }],
    ["204 with a length, after which nobody knows what comes", "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\n", { keptMs: 0 }],
    ["of a kept connection", `${ok}Keep-Alive: timeout=5, max=9\r\nContent-Length: 0\r\n\r\n`, { keptMs: 4_000 }],
    ["of a kept connection that is closed all the same", `${ok}Connection: x, Close\r\nContent-Length: 0\r\n\r\n`, { keptMs: 0 }],
  ])("%s is read, in one piece and byte by byte", (_name, text, expected) => {
    for (const size of [text.length, 1, 2, 7]) expect(read(text, { size })).toMatchObject(expected);
  });

  it("to HEAD has no body, whatever it says", () => {
    expect(read(`${ok}Content-Length: 5\r\n\r\n`, { method: "HEAD" })).toMatchObject({ body: "", keptMs: null });
    expect(read(`${ok}Transfer-Encoding: chunked\r\n\r\n`, { method: "HEAD" })).toMatchObject({ body: "" });
  });

  it.each([
    ...[
      "HTTP/1.1 200\r\n\r\n",
      "HTTP/1.1  200 OK\r\n\r\n",
      "http/1.1 200 OK\r\n\r\n",
      "HTTP/1.2 200 OK\r\n\r\n",
      "\r\nHTTP/1.1 200 OK\r\n\r\n",
    ],
    ...[
      "HTTP/1.1 2000 OK\r\n\r\n",
      "HTTP/1.1 099 OK\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 200 O\x7fK\r\n\r\n",
      "HTTP/1.1 200 OK\n\n",
    ],
    ...["HTTP/1.1 101 Switching Protocols\r\n\r\n", "ICY 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\r\n\r\n", "HTTP/1.1\t200 OK\r\n\r\n"],
    ...[`${ok}A : 1\r\n\r\n`, `${ok}A\r\n\r\n`, `${ok}: 1\r\n\r\n`, `${ok}A: 1\r\n 2\r\n\r\n`, `${ok}A: 1\n\r\n\r\n`, `${ok}A: \0\r\n\r\n`],
    ...[`${ok} A: 1\r\n\r\n`, `${ok}A(: 1\r\n\r\n`, `${ok}A: 1\rB: 2\r\n\r\n`, `${ok}A\xe9: 1\r\n\r\n`],
    ...[`${ok}Content-Length: 1\r\nContent-Length: 1\r\n\r\nx`, `${ok}Content-Length: 1, 1\r\n\r\nx`, `${ok}Content-Length: 0x1\r\n\r\nx`],
    ...[`${ok}Content-Length: \r\n\r\n`, `${ok}Content-Length: 1e0\r\n\r\nx`, `${ok}Content-Length: 1000000000000000\r\n\r\n`],
    ...[
      `${ok}Transfer-Encoding: chunked, chunked\r\n\r\n`,
      `${ok}Transfer-Encoding: \x0bchunked\r\n\r\n`,
      `${ok}Transfer-Encoding: xchunked\r\n\r\n`,
      `${ok}Transfer-Encoding: chunked\t\r\n\r\n0\r\n\r\n`,
    ],
    ...[
      `${ok}Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n`,
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ...[
      "0\n\r\n",
      "g\r\n",
      " 1\r\nx\r\n0\r\n\r\n",
      "1 \r\nx\r\n0\r\n\r\n",
      "0x1\r\nx\r\n0\r\n\r\n",
      "-1\r\n",
      "1\r\nxy\r\n0\r\n\r\n",
      "1\r\nx0\r\n\r\n",
      "\r\n",
    ].map((chunks) => `${ok}Transfer-Encoding: chunked\r\n\r\n${chunks}`),
    ...[
      "1;\r\nx\r\n0\r\n\r\n",
      "1;a=\r\nx\r\n0\r\n\r\n",
      '1;a="\r\nx\r\n0\r\n\r\n',
      "0\r\nA : 1\r\n\r\n",
      "0\r\n A: 1\r\n\r\n",
      "0\r\nA: 1\n\r\n\r\n",
      "0\r\nContent-length: 1\r\n\r\n",
      "0\r\nTransfer-Encoding: x\r\n\r\n",
      "00000000000001\r\nx\r\n0\r\n\r\n",
    ].map((chunks) => `${ok}Transfer-Encoding: chunked\r\n\r\n${chunks}`),
  ])("%j is none", (text) => {
    for (const size of [text.length, 1]) expect(read(text, { size })).toBe("refused");
  });

  it.each([
    ok,
    `${ok}Content-Length: 2\r\n\r\nx`,
    `${ok}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n`,
    "HTTP/1.1 100 Continue\r\n\r\n",
  ])("%j is not whole when the connection ends", (text) => {
    expect(read(text)).toBe("refused");
  });

  it("is whole before what stands behind it, which answers nobody", () => {
    expect(read(`${ok}Content-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n`)).toMatchObject({ body: "x", keptMs: 0 });
  });

  it("in chunks of a byte is handed on as it came, not byte by byte", () => {
    const reader = new ResponseReader();
    const parts: string[] = [];
    reader.expect("GET", { interim: () => {}, head: () => {}, body: (part) => parts.push(part.toString()), end: () => {} });
    reader.read(Buffer.from(`${ok}Transfer-Encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(1_000)}`));
    reader.read(Buffer.from("1\r\ny\r\n0\r\n\r\n"));
    expect(parts).toEqual(["x".repeat(1_000), "y"]);
  });

  it("may have a head of 16 KiB and no longer one", () => {
    const withHead = (bytes: number) => `${ok}A: ${"a".repeat(bytes - ok.length - 3)}\r\n\r\n`;
    expect(read(withHead(16_384))).toMatchObject({ status: 200 });
    expect(read(withHead(16_385))).toBe("refused");
    expect(read(withHead(20_000), { size: 100 })).toBe("refused");
  });
});

describe("beside Node's own parser", () => {
  const samples = [
    `${ok}Content-Length: 5\r\nSet-Cookie: a=1; Path=/\r\nSet-Cookie: b\r\nServer: x y\r\n\r\nhello`,
    `${ok}Transfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n5;a=b\r\nhello\r\n3\r\nyou\r\n0\r\nX-A: 1\r\n\r\n`,
    "HTTP/1.0 301 Moved Permanently\r\nLocation: http://a/b?c\r\n\r\nbody",
    `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${ok}Content-Length: 0\r\n\r\n`,
    'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
  ];
  const odd = [
    "\r",
    "\n",
    "\r\n",
    " ",
    "\t",
    ":",
    ";",
    ",",
    "\0",
    "\x7f",
    "\xff",
    "0",
    "1",
    "9",
    "f",
    "HTTP/1.1",
    "Content-Length: 1\r\n",
    "chunked",
    '"',
  ];

  /** A repeatable stream of numbers below one (mulberry32). */
  function numbers(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
    };
  }

  it("takes nothing that Node refuses, and reads alike what both take", { timeout: 60_000 }, async () => {
    const next = numbers(20261124);
    const pick = (length: number) => Math.floor(next() * length);
    let taken = 0;
    for (let round = 0; round < 10_000; round += 1) {
      let text = samples[pick(samples.length)] ?? "";
      for (let changes = 1 + pick(3); changes > 0; changes -= 1) {
        const at = pick(text.length + 1);
        text = text.slice(0, at) + (odd[pick(odd.length)] ?? "") + text.slice(at + pick(3));
      }
      const ours = read(text, { size: 1 + pick(text.length) });
      if (typeof ours === "string") continue;
      taken += 1;
      const { keptMs: _, ...seen } = ours;
      expect(await readByNode(text), JSON.stringify(text)).toEqual(seen);
    }
    expect(taken).toBeGreaterThan(1_000);
  });
});
