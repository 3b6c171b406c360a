import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { consoleUrl } from "#lib/console/console-url.ts";
import { readEnvironment } from "#lib/env.ts";
import { temporaryFolder } from "#lib/store/store-fixture.ts";

async function tlsFiles(names: string[]) {
  const folder = temporaryFolder();
  const files = { CONSOLE_TLS_CERT: join(folder, "console.crt"), CONSOLE_TLS_KEY: join(folder, "console.key") };
  const { certificate, key } = await createServer(await createAuthority(), names);
  writeFileSync(files.CONSOLE_TLS_CERT, certificate);
  writeFileSync(files.CONSOLE_TLS_KEY, key);
  return files;
}

const urlOf = (values: Record<string, string>, port = 3000) => consoleUrl(readEnvironment(values), port, new Date());

test("people open the address that the console listens on", () => {
  expect(urlOf({})).toBe("http://127.0.0.1:3000");
  expect(urlOf({ CONSOLE_HOST: "::1" })).toBe("http://[::1]:3000");
  expect(urlOf({ CONSOLE_HOST: "localhost" }, 80)).toBe("http://localhost");
});

test("or the name in the certificate, which browsers trust", async () => {
  const tls = await tlsFiles(["*.wild.test", "console.test"]);
  expect(urlOf({ CONSOLE_HOST: "0.0.0.0", ...tls })).toBe("https://console.test:3000");
  expect(urlOf(tls, 443)).toBe("https://console.test");
  const unnamed = await tlsFiles(["*.wild.test"]);
  expect(urlOf({ CONSOLE_HOST: "::", ...unnamed })).toBe("https://localhost:3000");
  expect(urlOf({ CONSOLE_HOST: "192.168.1.4", ...unnamed })).toBe("https://192.168.1.4:3000");
});

test("or what CONSOLE_URL says", async () => {
  const url = { CONSOLE_URL: "https://console.example.com" };
  expect(urlOf({ ...url, CONSOLE_TRUSTED_PROXIES: "127.0.0.1/32" })).toBe("https://console.example.com");
  expect(urlOf({ ...url, ...(await tlsFiles(["console.test"])) })).toBe("https://console.example.com");
});
