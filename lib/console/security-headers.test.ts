import { expect, test } from "vitest";
import { openDoor } from "#lib/console/door-fixture.ts";
import { contentSecurityPolicy } from "#lib/console/security-headers.ts";

test("every answer says what a page may do, refusals and failures too", async () => {
  const { send } = await openDoor();
  const failing = await openDoor({ whileAnswering: () => Promise.reject(new Error("no page")) });
  const answers = [
    await send("GET / HTTP/1.1", "Host: localhost:PORT"),
    await send("GET / HTTP/1.1", "Host: attacker.test"),
    await failing.send("GET / HTTP/1.1", "Host: localhost:PORT"),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 421, 500]);
  for (const { text } of answers) {
    expect(text).toMatch(/^Content-Security-Policy: default-src 'none'; .*frame-ancestors 'none'/m);
    expect(text).toMatch(/^X-Content-Type-Options: nosniff\r$/m);
    expect(text).toMatch(/^X-Frame-Options: DENY\r$/m);
    expect(text).toMatch(/^Referrer-Policy: same-origin\r$/m);
    expect(text).toMatch(/^Permissions-Policy: .*camera=\(\)/m);
    expect(text).toMatch(/^Cross-Origin-Opener-Policy: same-origin\r$/m);
    expect(text).toMatch(/^Cross-Origin-Resource-Policy: same-origin\r$/m);
    expect(text).toMatch(/^Cache-Control: no-store\r$/m);
    expect(text).not.toMatch(/^Strict-Transport-Security/im);
    expect(text).not.toMatch(/^X-Powered-By/im);
  }
});

test("no two answers have the same nonce", async () => {
  const { send } = await openDoor();
  const nonces = new Set<string | undefined>();
  for (let i = 0; i < 5; i++) nonces.add(/'nonce-([\w+/=]{22,})'/.exec((await send("GET / HTTP/1.1", "Host: localhost:PORT")).text)?.[1]);
  expect(nonces.size).toBe(5);
  expect(nonces).not.toContain(undefined);
});

test("files whose names change with their content may be kept", async () => {
  const { send } = await openDoor();
  expect((await send("GET /_next/static/chunks/a.js HTTP/1.1", "Host: localhost:PORT")).text).not.toMatch(/^Cache-Control/im);
});

test("inline code and eval are forbidden in production; development alone may eval", () => {
  expect(contentSecurityPolicy("n", false)).not.toContain("unsafe");
  expect(contentSecurityPolicy("n", true)).toMatch(/script-src [^;]*'unsafe-eval'/);
  expect(contentSecurityPolicy("n", true)).not.toMatch(/script-src [^;]*'unsafe-inline'/);
});
