import { describe, expect, test } from "vitest";
import { consoleCertificate, openDoor } from "#lib/console/door-fixture.ts";

const url = "https://console.test";
const behindProxy = { url, trustedProxies: ["127.0.0.0/8"] };
const forwarded = ["Host: console.test", "X-Forwarded-Proto: https", "X-Forwarded-For: 192.0.2.7"];

describe("behind a proxy that is named", () => {
  test("a request is its client's, over HTTPS", async () => {
    const { send, arrivals } = await openDoor(behindProxy);
    const { status, text } = await send("GET / HTTP/1.1", ...forwarded);
    expect(status).toBe(200);
    expect(arrivals[0]?.headers).toMatchObject({
      host: "console.test",
      "x-forwarded-for": "192.0.2.7",
      "x-forwarded-host": "console.test",
      "x-forwarded-port": "443",
      "x-forwarded-proto": "https",
    });
    expect(text).toMatch(/^Strict-Transport-Security: max-age=31536000\r$/m);
  });

  test.each([
    ["what the client claimed stays behind", ["X-Forwarded-For: 10.6.6.6, 192.0.2.7"], "192.0.2.7"],
    ["in two lines too", ["X-Forwarded-For: 10.6.6.6", "X-Forwarded-For: 192.0.2.7"], "192.0.2.7"],
    ["other named proxies are passed over", ["X-Forwarded-For: 192.0.2.7, 127.0.0.5, ::ffff:127.0.0.6"], "192.0.2.7"],
    ["a mapped address is unwrapped", ["X-Forwarded-For: ::ffff:192.0.2.7"], "192.0.2.7"],
    ["rubbish ends the search", ["X-Forwarded-For: 192.0.2.7, unknown"], "127.0.0.1"],
    ["without the header it is the proxy's own", [], "127.0.0.1"],
    ["neither Forwarded nor X-Real-IP is read", ["Forwarded: for=192.0.2.7", "X-Real-IP: 192.0.2.7"], "127.0.0.1"],
  ])("the client's address: %s", async (_, headers, address) => {
    const { send, arrivals } = await openDoor(behindProxy);
    await send("GET / HTTP/1.1", "Host: console.test", "X-Forwarded-Proto: https", ...headers);
    expect(arrivals[0]?.headers["x-forwarded-for"]).toBe(address);
  });

  test("a connection over IPv6 that maps an IPv4 proxy is that proxy's", async () => {
    const { send, arrivals } = await openDoor({ ...behindProxy, host: "::ffff:127.0.0.1" });
    await send("GET / HTTP/1.1", ...forwarded);
    expect(arrivals[0]?.headers["x-forwarded-for"]).toBe("192.0.2.7");
  });

  test.each([
    ["Host: console.test:443", 200],
    ["Host: CONSOLE.test", 200],
    ["Host: console.test:8443", 421],
    ["Host: console.test.", 421],
    ["Host: localhost:PORT", 421],
    ["Host: 127.0.0.1:PORT", 421],
    ["Host: attacker.test\r\nX-Forwarded-Host: console.test", 421],
  ])("there is one origin: %j", async (host, status) => {
    const { send } = await openDoor(behindProxy);
    expect((await send("GET / HTTP/1.1", host, "X-Forwarded-Proto: https")).status).toBe(status);
  });

  test.each([
    ["nothing", []],
    ["http", ["X-Forwarded-Proto: http"]],
    ["https, then http", ["X-Forwarded-Proto: https, http"]],
    ["http in a second line", ["X-Forwarded-Proto: https", "X-Forwarded-Proto: http"]],
  ])("nothing is shown in clear text: X-Forwarded-Proto says %s", async (_, headers) => {
    const { send, arrivals } = await openDoor(behindProxy);
    const { status, text } = await send("GET / HTTP/1.1", "Host: console.test", ...headers);
    expect(status).toBe(421);
    expect(text).toContain("HTTPS only, at https://console.test");
    expect(text).not.toMatch(/^Strict-Transport-Security/im);
    expect(arrivals).toEqual([]);
  });

  test.each([
    ["its own", "https://console.test", 200],
    ["the same name in clear text", "http://console.test", 403],
    ["the address it listens on", "http://127.0.0.1:PORT", 403],
    ["null", "null", 403],
  ])("a change from a page of %s", async (_, origin, status) => {
    const { send } = await openDoor(behindProxy);
    expect((await send("POST / HTTP/1.1", ...forwarded, `Origin: ${origin}`, "Content-Length: 0")).status).toBe(status);
  });
});

test("whoever reaches the console past the proxy is not believed", async () => {
  const { send, arrivals } = await openDoor({ url, trustedProxies: ["10.0.0.0/8"] });
  expect((await send("GET / HTTP/1.1", ...forwarded)).status).toBe(421);
  expect(arrivals).toEqual([]);
});

describe("with a certificate of its own", () => {
  test("a request came over HTTPS, whatever the client claims", async () => {
    const { send, arrivals, port } = await openDoor({ certificate: await consoleCertificate() });
    const { status, text } = await send(
      "GET / HTTP/1.1",
      "Host: console.test:PORT",
      "X-Forwarded-Proto: http",
      "X-Forwarded-For: 10.0.0.1",
    );
    expect(status).toBe(200);
    expect(arrivals[0]?.headers).toMatchObject({
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": `console.test:${port}`,
      "x-forwarded-proto": "https",
    });
    expect(text).toMatch(/^Strict-Transport-Security: max-age=31536000\r$/m);
  });

  test.each([
    ["console.test:PORT", 200],
    ["a.wild.test:PORT", 200],
    ["192.0.2.1:PORT", 200],
    ["localhost:PORT", 200],
    ["[::1]:PORT", 200],
    ["a.b.wild.test:PORT", 421],
    ["wild.test:PORT", 421],
    [".test:PORT", 421],
    ["other.test:PORT", 421],
    ["192.0.2.2:PORT", 421],
    ["console.test", 421],
  ])("its names are the certificate's and this machine's: %s", async (host, status) => {
    const certificate = await consoleCertificate(["console.test", "*.wild.test", "192.0.2.1"]);
    const { send } = await openDoor({ certificate });
    expect((await send("GET / HTTP/1.1", `Host: ${host}`)).status).toBe(status);
  });

  test("a common name is no name of it (RFC 9525 section 2)", async () => {
    const { send } = await openDoor({ certificate: await consoleCertificate([], { commonName: "common.test" }) });
    expect((await send("GET / HTTP/1.1", "Host: common.test:PORT")).status).toBe(421);
  });

  test("neither localhost nor a foreign name is told to stay with HTTPS", async () => {
    const { send } = await openDoor({ certificate: await consoleCertificate() });
    for (const host of ["localhost:PORT", "other.test:PORT"])
      expect((await send("GET / HTTP/1.1", `Host: ${host}`)).text).not.toMatch(/^Strict-Transport-Security/im);
  });

  test("a change is taken from its https pages only", async () => {
    const { send } = await openDoor({ certificate: await consoleCertificate() });
    const change = async (origin: string) =>
      (await send("POST / HTTP/1.1", "Host: console.test:PORT", `Origin: ${origin}`, "Content-Length: 0")).status;
    expect(await change("http://console.test:PORT")).toBe(403);
    expect(await change("https://console.test:PORT")).toBe(200);
  });

  test("a proxy that speaks TLS to the console must still say that its client did", async () => {
    const certificate = await consoleCertificate();
    const { send } = await openDoor({ ...behindProxy, certificate });
    expect((await send("GET / HTTP/1.1", "Host: console.test", "X-Forwarded-Proto: http")).status).toBe(421);
    expect((await send("GET / HTTP/1.1", ...forwarded)).status).toBe(200);
  });

  test("a port that is forwarded to the console is named by the URL", async () => {
    const { send } = await openDoor({ url, certificate: await consoleCertificate() });
    expect((await send("GET / HTTP/1.1", "Host: console.test")).status).toBe(200);
    expect((await send("GET / HTTP/1.1", "Host: localhost:PORT")).status).toBe(421);
  });
});
