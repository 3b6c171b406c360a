import type { Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createBench } from "#e2e/forwarder.ts";

const bench = createBench();
afterEach(() => bench.close());

const head = "HTTP/1.1 200 OK\r\n";
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;
const ill: [string, (socket: Socket) => unknown][] = [
  ["", (socket) => socket.destroy()],
  ["", (socket) => socket.resetAndDestroy()],
  ["HTTP/1.1 200 O\x01K\r\n\r\n", (socket) => socket.end()],
  ["HTTP/1.1 101 Switching Protocols\r\n\r\n", (socket) => socket.end()],
  [`${head}Content-Length: 10\r\n\r\nhalf`, (socket) => socket.resetAndDestroy()],
  [`${head}Content-Length: 2\r\n\r\nok${head}Content-Length: 6\r\n\r\npoison`, () => {}],
  [`${chunked}4\r\nhalf\r\n${"1;a=b\r\nx\r\n".repeat(20_000)}`, (socket) => socket.end()],
  [`${chunked}4\r\nhalf\r\nzz\r\n`, (socket) => socket.end()],
  [head + "X-A: 1\r\n".repeat(20_000), (socket) => socket.end()],
  ["HTTP/1.1 103 Early Hints\r\n\r\n".repeat(500), () => {}],
];

it.each([
  ["HTTP/1.1", false],
  ["HTTP/2", true],
] as const)("a site with a hostile origin keeps no client of %s from its own answer of another site", async (_protocol, isHttp2) => {
  let turn = 0;
  const hostile = await bench.startRaw((socket) => {
    const [says, after] = ill[turn++ % ill.length] ?? ["", () => {}];
    socket.once("data", () => socket.write(says, "latin1", () => after(socket)));
  });
  const healthy = await bench.startServer((request, response) => response.end(`answer to ${request.url}`));
  const bad = await bench.startFront({ originHttpPort: hostile.port }, { isHttp2 });
  const good = await bench.startFront({ originHttpPort: healthy.port }, { isHttp2 });
  const harmed = Array.from({ length: 60 }, () =>
    bad.send().then(
      ({ status, body }) => (status === 200 ? body : status),
      () => "broken off",
    ),
  );
  const served = Array.from({ length: 60 }, (_, at) => good.send({ path: `/${at}` }));
  expect((await Promise.all(served)).map(({ body }) => body)).toEqual(served.map((_, at) => `answer to /${at}`));
  expect(new Set(await Promise.all(harmed))).toEqual(new Set([502, "broken off", "ok"]));
  expect(await good.send({ path: "/after" })).toMatchObject({ status: 200, body: "answer to /after" });
});
