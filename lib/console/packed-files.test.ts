import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { openDoor } from "#lib/console/door-fixture.ts";
import { createPackedFiles } from "#lib/console/packed-files.ts";
import { temporaryFolder } from "#lib/store/store-fixture.ts";

async function openPacked() {
  const folder = temporaryFolder();
  mkdirSync(path.join(folder, "chunks"));
  writeFileSync(path.join(folder, "chunks/a.js"), "plain");
  writeFileSync(path.join(folder, "chunks/a.js.br"), brotliCompressSync("packed"));
  writeFileSync(path.join(folder, "chunks/a.js.gz"), gzipSync("packed as gzip"));
  writeFileSync(path.join(folder, "chunks/b.js"), "not packed");
  writeFileSync(path.join(folder, "secret.br"), "of no type that is sent");
  const sendPacked = createPackedFiles(folder);
  const { port } = await openDoor({
    answer: async (request, response) => void (sendPacked(request, response) || response.end("Next's answer")),
  });
  return (url: string, headers: Record<string, string>, method = "GET") => fetch(`http://127.0.0.1:${port}${url}`, { method, headers });
}

test("a packed script is sent as it lies there, to be kept for a year, with the security headers of every answer", async () => {
  const ask = await openPacked();
  const answer = await ask("/_next/static/chunks/a.js", { "accept-encoding": "gzip, deflate, br, zstd" });
  expect(await answer.text()).toBe("packed");
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    "content-encoding": "br",
    "content-type": "application/javascript; charset=UTF-8",
    "cache-control": "public, max-age=31536000, immutable",
    vary: "Accept-Encoding",
    "x-content-type-options": "nosniff",
  });
  expect(answer.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(Number(answer.headers.get("content-length"))).toBe(brotliCompressSync("packed").length);
  const head = await ask("/_next/static/chunks/a.js", { "accept-encoding": "br" }, "HEAD");
  expect([head.headers.get("content-encoding"), await head.text()]).toEqual(["br", ""]);
});

test.each(["gzip", "gzip, deflate", "gzip, br;q=0"])("a client that takes “%s” gets the gzip that lies there", async (encodings) => {
  const ask = await openPacked();
  const answer = await ask("/_next/static/chunks/a.js", { "accept-encoding": encodings });
  expect([await answer.text(), answer.headers.get("content-encoding")]).toEqual(["packed as gzip", "gzip"]);
  expect(Number(answer.headers.get("content-length"))).toBe(gzipSync("packed as gzip").length);
});

test.each([
  ["/_next/static/chunks/a.js", "deflate"],
  ["/_next/static/chunks/a.js", "gzip;q=0, br;q=0"],
  ["/_next/static/chunks/a.js", "brotli"],
  ["/_next/static/chunks/b.js", "br"],
  ["/_next/static/chunks/a.js.br", "br"],
  ["/_next/static/chunks/a.js.gz", "gzip"],
  ["/_next/static/chunks/a.js?x", "br"],
  ["/_next/static/secret", "br"],
  ["/_next/static/chunks", "br"],
])("%s for a client that takes “%s” is Next's to answer", async (url, encodings) => {
  const ask = await openPacked();
  const answer = await ask(url, { "accept-encoding": encodings });
  expect([await answer.text(), answer.headers.get("content-encoding")]).toEqual(["Next's answer", null]);
});
