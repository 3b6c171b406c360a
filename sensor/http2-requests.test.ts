import type { IncomingMessage } from "node:http";
import { constants, type OutgoingHttpHeaders } from "node:http2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Field, flags, head, request } from "#sensor/frame-fixture.ts";
import { ask, finish } from "#sensor/http2-fixture.ts";
import { type Mutual, startMutual } from "#sensor/mutual-fixture.ts";

let mutual: Mutual;
beforeAll(async () => {
  mutual = await startMutual({ site: { responseHeaders: [{ name: "X-Frame-Options", value: "DENY" }] } });
});
afterAll(() => mutual[Symbol.asyncDispose]());
afterEach(() => mutual.reset());

/** The header lines of the newest arrival, names in lower case. */
function lines({ rawHeaders }: IncomingMessage = mutual.arrivals.at(-1) as IncomingMessage): string[] {
  return rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [`${name.toLowerCase()}: ${rawHeaders[at + 1]}`] : []));
}

/** Sends one head as it stands and answers what became of it. */
async function say(fields: Field[], flag?: number) {
  const raw = await mutual.frames();
  raw.send(request(1, fields, flag));
  return raw.outcome(1);
}

describe("a request over HTTP/2", () => {
  it("reaches the origin over HTTP/1.1 under the header rules of every request", async () => {
    mutual.serve((_request, response) => response.end("ok"));
    const answer = await say([
      ...head("A.shop.test.:8443", { ":path": "/a//b/../c;d?e=%2f&f=[]|" }),
      ["cookie", "a=1"],
      ["x-many", "one"],
      ["cookie", "b=2; c=3"],
      ["x-many", "two"],
      ["te", "trailers"],
      ["priority", "u=1"],
      ["x-forwarded-for", "6.6.6.6"],
      ["x-forwarded-proto", "http"],
      ["x_real_ip", "6.6.6.6"],
      ["x-request-id", "mine"],
      ["x-client-cert", "CN=admin"],
      ["ssl_client_verify", "SUCCESS"],
      ["proxy-authorization", "Basic x"],
    ]);
    expect(answer).toMatchObject({ status: 200, body: "ok", end: "END_STREAM" });
    const arrived = mutual.arrivals.at(-1);
    expect(arrived).toMatchObject({ method: "GET", url: "/a//b/../c;d?e=%2f&f=[]|", httpVersion: "1.1" });
    expect(lines().sort()).toEqual(
      expect.arrayContaining([
        "cookie: a=1; b=2; c=3",
        "host: a.shop.test",
        "priority: u=1",
        "x-forwarded-for: 127.0.0.1",
        "x-forwarded-host: a.shop.test",
        "x-forwarded-proto: https",
        "x-many: one, two",
        "x-real-ip: 127.0.0.1",
      ]),
    );
    expect(lines().join("\n")).not.toMatch(/6\.6\.6\.6|mine|admin|^te:|^:|proxy-auth|proto: http$/m);
    expect(arrived?.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  it.each<[string, OutgoingHttpHeaders, string, string[]]>([
    ["GET", {}, "", []],
    ["POST", {}, "", ["content-length: 0"]],
    ["POST", {}, "hello", ["transfer-encoding: chunked"]],
    ["PUT", { "content-length": 5 }, "hello", ["content-length: 5"]],
    ["DELETE", {}, "hello", ["transfer-encoding: chunked"]],
    ["OPTIONS", { "content-length": 5 }, "hello", ["content-length: 5"]],
    ["GET", { "content-length": 5 }, "hello", ["content-length: 5"]],
    ["PROPFIND", {}, "hello", ["transfer-encoding: chunked"]],
    ["HEAD", {}, "", []],
  ])("with %s and %o is framed anew for the origin", async (method, headers, body, framing) => {
    let heard = "";
    mutual.serve(async (arrived, response) => {
      for await (const part of arrived) heard += part;
      response.end(method === "HEAD" ? "" : `${heard}!`);
    });
    const session = await mutual.session();
    const stream = session.request({ ":method": method, ":path": "/", ...headers }, { endStream: body === "" });
    if (body !== "") stream.end(body);
    expect(await finish(stream)).toMatchObject({ status: 200, body: method === "HEAD" ? "" : `${body}!`, rstCode: 0 });
    expect(heard).toBe(body);
    expect(lines().filter((line) => /^(content-length|transfer-encoding)/.test(line))).toEqual(framing);
  });

  it("passes OPTIONS * and no other request without a path", async () => {
    mutual.serve((_request, response) => response.end("ok"));
    expect(await say(head("shop.test", { ":method": "OPTIONS", ":path": "*" }))).toMatchObject({ status: 200 });
    expect(mutual.arrivals.at(-1)?.url).toBe("*");
    for (const path of ["", "x", "*", "https://shop.test/", "?a"])
      expect(await say(head("shop.test", { ":path": path }))).toEqual({ status: null, body: "", end: "PROTOCOL_ERROR" });
    expect(mutual.arrivals).toHaveLength(1);
  });

  it("sends no trailers on", async () => {
    mutual.serve((arrived, response) => {
      arrived.resume().once("end", () => {
        response.writeHead(200, { trailer: "x-late" });
        response.write("ok");
        response.addTrailers({ "x-late": "1" });
        response.end();
      });
    });
    const session = await mutual.session();
    const stream = session.request({ ":method": "POST", ":path": "/", trailer: "x-client-cert" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers({ "x-client-cert": "CN=admin" }));
    let trailers: unknown = null;
    stream.once("trailers", (given) => {
      trailers = given;
    });
    stream.end("hello");
    const answer = await finish(stream);
    expect(answer).toMatchObject({ status: 200, body: "ok" });
    expect([trailers, answer.headers.trailer]).toEqual([null, undefined]);
    expect([mutual.arrivals.at(-1)?.rawTrailers, mutual.arrivals.at(-1)?.headers.trailer]).toEqual([[], undefined]);
  });
});

describe("a name", () => {
  it.each<[string, Field[], number | string]>([
    [
      "in Host alone",
      head("")
        .filter(([name]) => name !== ":authority")
        .concat([["host", "b.shop.test"]]),
      200,
    ],
    ["in Host and :authority, written differently", [...head("b.shop.test"), ["host", "B.shop.test.:8443"]], 200],
    ["in Host that :authority contradicts", [...head("b.shop.test"), ["host", "c.shop.test"]], 400],
    ["of another site in Host", [...head("b.shop.test"), ["host", "other.test"]], 421],
    ["that is none", head("-.."), 421],
    ["with a user before it", head("shop.test@b.shop.test"), "PROTOCOL_ERROR"],
    ["nowhere", head("").filter(([name]) => name !== ":authority"), "PROTOCOL_ERROR"],
    ["twice", [...head("b.shop.test"), [":authority", "b.shop.test"]], "PROTOCOL_ERROR"],
    ["twice in Host", [...head("b.shop.test"), ["host", "b.shop.test"], ["host", "c.shop.test"]], "PROTOCOL_ERROR"],
  ])("%s", async (_name, fields, expected) => {
    mutual.serve((_request, response) => response.end("ok"));
    const { status, end } = await say(fields);
    expect(typeof expected === "number" ? status : end).toBe(expected);
    expect(mutual.arrivals.map(({ headers }) => headers.host)).toEqual(expected === 200 ? ["b.shop.test"] : []);
  });
});

describe("a head that HTTP/2 forbids", () => {
  const usual = head("shop.test");
  it.each<[string, Field[]]>([
    ["a name in capitals", [...usual, ["X-Capital", "1"]]],
    ["connection", [...usual, ["connection", "close"]]],
    ["keep-alive", [...usual, ["keep-alive", "5"]]],
    ["proxy-connection", [...usual, ["proxy-connection", "close"]]],
    ["transfer-encoding", [...usual, ["transfer-encoding", "chunked"]]],
    ["upgrade", [...usual, ["upgrade", "websocket"]]],
    ["te for more than trailers", [...usual, ["te", "gzip"]]],
    ["a pseudo-header of answers", [...usual, [":status", "200"]]],
    ["an unknown pseudo-header", [...usual, [":admin", "1"]]],
    ["a pseudo-header behind a header", [["x", "1"], ...usual]],
    ["extended CONNECT, which is not offered", [...head("shop.test", { ":method": "CONNECT" }), [":protocol", "websocket"]]],
    ["CONNECT with a path", head("shop.test", { ":method": "CONNECT" })],
    ["two lengths", [...usual, ["content-length", "0"], ["content-length", "0"]]],
    ["a length that is no number", [...usual, ["content-length", "+0"]]],
    ["two methods", [...usual, [":method", "POST"]]],
    ["no method", usual.filter(([name]) => name !== ":method")],
    ["no scheme", usual.filter(([name]) => name !== ":scheme")],
  ])("for %s ends its stream and reaches nobody", async (_name, fields) => {
    expect(await say(fields)).toEqual({ status: null, body: "", end: "PROTOCOL_ERROR" });
    expect(mutual.arrivals).toEqual([]);
  });

  it("for its value loses that header, and no more", async () => {
    mutual.serve((_request, response) => response.end("ok"));
    const spoilt: Field[] = [
      ["x-nul", "a\0b"],
      ["x-line", "a\r\nx-client-cert: CN=admin"],
      ["x-space", " a"],
      ["x-bell", "a\x07"],
      ["x{", "1"],
    ];
    expect(await say([...usual, ...spoilt, ["x-good", "1"]])).toMatchObject({ status: 200 });
    expect(lines()).toContain("x-good: 1");
    expect(lines().join("\n")).not.toMatch(/x-nul|x-line|x-space|x-bell|x\{|admin/);
  });

  it.each([
    ["too large", [["x", "a".repeat(17_000)]] as Field[], { status: 431, end: "END_STREAM" }],
    // Eight CONTINUATION frames are the most that Node takes.
    ["far too large", Array.from({ length: 10 }, (): Field => ["x", "a".repeat(17_000)]), { status: null, end: "GOAWAY INTERNAL_ERROR" }],
    ["of too many lines", Array.from({ length: 101 }, (_, at): Field => [`x-${at}`, "1"]), { status: 431, end: "END_STREAM" }],
    ["of far too many lines", Array.from({ length: 300 }, (_, at): Field => [`x-${at}`, "1"]), { status: null, end: "ENHANCE_YOUR_CALM" }],
  ])("because it is %s ends its stream and reaches nobody", async (_name, more, expected) => {
    mutual.serve((_request, response) => response.end("ok"));
    const { status, end } = await say([...usual, ...more]);
    expect({ status, end }).toEqual(expected);
    expect(mutual.arrivals).toEqual([]);
  });

  it("because it is too large is told so, also to a client that knows the limits", async () => {
    mutual.serve((_request, response) => response.end("ok"));
    const large = { "x-large": "a".repeat(17_000) };
    for (const [headers, expected] of [
      [large, { status: 431 }],
      [
        { ...large, "x-more": "a".repeat(17_000) },
        { status: null, rstCode: constants.NGHTTP2_ENHANCE_YOUR_CALM },
      ],
    ] as const) {
      const session = await mutual.session();
      // The first answer shows that the sensor's settings have been acknowledged.
      expect(await ask(session)).toMatchObject({ status: 200 });
      expect(await ask(session, headers)).toMatchObject(expected);
    }
    expect(mutual.arrivals).toHaveLength(2);
  });

  it("is not one of many cookies, each in a field of its own", async () => {
    mutual.serve((_request, response) => response.end("ok"));
    const crumbs = Array.from({ length: 180 }, (_, at): Field => ["cookie", `c${at}=1`]);
    expect(await say([...usual, ...crumbs])).toMatchObject({ status: 200 });
    expect(mutual.arrivals.at(-1)?.headers.cookie?.split("; ")).toHaveLength(180);
  });
});

describe("an answer over HTTP/2", () => {
  it("holds the origin's headers, the site's in their place, and none of a connection", async () => {
    mutual.serve((arrived) => {
      arrived.socket.end(
        "HTTP/1.1 200 Quite Fine\r\nConnection: keep-alive, X-Inner\r\nX-Inner: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: close\r\n" +
          "Upgrade: h2c\r\nTE: trailers\r\nTrailer: X-Late\r\nHTTP2-Settings: AA\r\nTransfer-Encoding: chunked\r\nX-Frame-Options: ALLOW\r\n" +
          "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Two: 1\r\nX-Two: 2\r\nX-Request-Id: origin\r\nX-Latin: caf\xe9\r\n\r\n2\r\nok\r\n0\r\nX-Late: 1\r\n\r\n",
        "latin1",
      );
    });
    const warnings: Error[] = [];
    const warned = (warning: Error) => warnings.push(warning);
    process.on("warning", warned);
    const { headers, body } = await ask(await mutual.session());
    process.off("warning", warned);
    expect(body).toBe("ok");
    const { date, "x-request-id": requestId, ...rest } = headers;
    expect(Object.fromEntries(Object.entries(rest))).toEqual({
      ":status": 200,
      "set-cookie": ["a=1", "b=2"],
      "x-frame-options": "DENY",
      "x-latin": "caf\xe9",
      "x-two": "1, 2",
    });
    expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(warnings).toEqual([]);
  });

  it.each([
    [204, "HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n"],
    [304, 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nX-A: 1\r\nContent-Length: 7\r\n\r\n'],
    [205, "HTTP/1.1 205 Reset Content\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n"],
    [302, "HTTP/1.1 302 Found\r\nX-A: 1\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n"],
  ])("of %i has no body and ends", async (status, says) => {
    mutual.serve((arrived) => void arrived.socket.end(says));
    expect(await ask(await mutual.session())).toMatchObject({ status, body: "", headers: { "x-a": "1" }, rstCode: 0, isWhole: true });
  });

  it("to HEAD keeps the length of the body it does not have", async () => {
    mutual.serve((_request, response) => response.writeHead(200, { "content-length": 1_234 }).end());
    expect(await ask(await mutual.session(), { ":method": "HEAD" })).toMatchObject({
      status: 200,
      body: "",
      headers: { "content-length": "1234" },
    });
  });

  it("that HTTP/2 cannot carry is 502, with nothing of the origin's in it", async () => {
    mutual.serve((arrived) => void arrived.socket.end("HTTP/1.1 999 Odd\r\nX-Secret: 1\r\nSet-Cookie: a=1\r\nContent-Length: 2\r\n\r\nok"));
    const { status, headers } = await ask(await mutual.session());
    expect(status).toBe(502);
    expect(headers).not.toMatchObject({ "x-secret": expect.anything() });
    expect(headers).not.toMatchObject({ "set-cookie": expect.anything() });
    expect(headers).not.toMatchObject({ "x-frame-options": expect.anything() });
  });

  it("of the sensor's own is the same as over HTTP/1.1", async () => {
    mutual.serve((arrived) => arrived.socket.destroy());
    const { status, headers, body } = await ask(await mutual.session(), { accept: "application/json" });
    expect([status, headers["content-type"]]).toEqual([502, "application/problem+json"]);
    expect(JSON.parse(body)).toMatchObject({ status: 502, requestId: headers["x-request-id"] });
  });

  it("follows 100 Continue where the client waits for it, and no body that is too large is invited", async () => {
    mutual.serve(async (arrived, response) => {
      for await (const _part of arrived);
      response.end("ok");
    });
    const raw = await mutual.frames();
    const waits = (length: string) =>
      [...head("shop.test", { ":method": "POST" }), ["expect", "100-continue"], ["content-length", length]] as Field[];
    raw.send(request(1, waits("5"), flags.endHeaders));
    const first = await raw.find(({ type, streamId }) => type === 1 && streamId === 1);
    expect(first?.flags).toBe(flags.endHeaders);
    raw.send(Buffer.from("000005000100000001", "hex"), Buffer.from("hello"));
    expect(await raw.outcome(1)).toMatchObject({ status: 200, body: "ok" });
    expect(mutual.arrivals.at(-1)?.headers).not.toHaveProperty("expect");
    raw.send(request(3, waits("2000000"), flags.endHeaders));
    expect(await raw.outcome(3)).toMatchObject({ status: 413 });
    expect(raw.frames.filter(({ type, streamId }) => type === 1 && streamId === 3)).toHaveLength(1);
    raw.send(request(5, [...head("shop.test"), ["expect", "wonders"]]));
    expect(await raw.outcome(5)).toMatchObject({ status: 417 });
    expect(mutual.arrivals).toHaveLength(1);
  });
});
