import { expect, test } from "vitest";
import { openDoor } from "#lib/console/door-fixture.ts";

test("says itself where a request came from, whatever the client claims", async () => {
  const { send, arrivals, port } = await openDoor();
  await send(
    "GET / HTTP/1.1",
    "Host: LOCALHOST:PORT",
    "X-Forwarded-For: 10.0.0.1",
    "X-Forwarded-Host: attacker.test",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Prefix: /x",
    "Forwarded: for=10.0.0.1",
    "X-Real-IP: 10.0.0.1",
    "Accept: text/html",
  );
  expect(arrivals[0]?.headers).toEqual({
    host: `localhost:${port}`,
    accept: "text/html",
    connection: "close",
    "content-security-policy": expect.stringContaining("'nonce-"),
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-host": `localhost:${port}`,
    "x-forwarded-proto": "http",
    "x-forwarded-port": String(port),
  });
});

test.each([
  // What Next 16.4 trusts of its own proxies, workers and platforms, and what it may trust next.
  "X-Middleware-Subrequest: middleware:middleware:middleware:middleware:middleware",
  "X-Middleware-Rewrite: /admin",
  "X-Middleware-Next: 1",
  "X-Middleware-Override-Headers: cookie",
  "X-Middleware-Set-Cookie: session=1",
  "X-Middleware-Prefetch: 1",
  "X-Matched-Path: /admin",
  "X-Invoke-Path: /admin",
  "X-Now-Route-Matches: 1=admin",
  "X-Nextjs-Data: 1",
  "X-Prerender-Revalidate: 1",
  "X-Next-Revalidated-Tags: a",
  "X-Next-Revalidate-Tag-Token: a",
  "X-Next-Resume-State-Length: 1",
  "Next-Resume: 1",
  "X-Action-Forwarded: 1",
  "X-Tessera-Inner: AAAA",
  "X_Forwarded_For: 10.0.0.1",
  "Content-Security-Policy-Report-Only: script-src 'nonce-known'",
])("nothing of Next's inside is taken from outside: %s", async (header) => {
  const { send, arrivals } = await openDoor();
  await send("GET / HTTP/1.1", "Host: localhost:PORT", header);
  expect(Object.keys(arrivals[0]?.headers ?? {})).not.toContain(header.split(":")[0]?.toLowerCase());
});

test("a nonce that the client chose is not the page's", async () => {
  const { send, arrivals } = await openDoor();
  const { text } = await send("GET / HTTP/1.1", "Host: localhost:PORT", "Content-Security-Policy: script-src 'nonce-known'");
  expect(arrivals[0]?.headers["content-security-policy"]).not.toContain("known");
  expect(text).toContain(`Content-Security-Policy: ${arrivals[0]?.headers["content-security-policy"]}\r\n`);
});

test("what Next's own pages send goes in", async () => {
  const { send, arrivals } = await openDoor();
  const sent = { rsc: "1", "next-action": "id", "next-router-state-tree": "tree", "next-router-prefetch": "1", "next-url": "/settings" };
  await send("GET / HTTP/1.1", "Host: localhost:PORT", ...Object.entries(sent).map(([name, value]) => `${name}: ${value}`));
  expect(arrivals[0]?.headers).toMatchObject(sent);
});
