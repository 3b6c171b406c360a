import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { createSetupGate } from "#lib/console/setup-gate.ts";

const hasAnybody = vi.fn(async () => false);
afterEach(() => hasAnybody.mockReset().mockResolvedValue(false));

async function gateFixture() {
  const isHeldBack = createSetupGate(hasAnybody);
  const server = createServer(async (request, response) => {
    if (!(await isHeldBack(request, response))) response.end("served");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { redirect: "manual", ...init });
    return { status: answer.status, location: answer.headers.get("location"), body: await answer.text() };
  };
}

test.each(["/setup", "/setup?_rsc=1", "/api/health", "/icon.svg", "/_next/static/chunks/a.js"])(
  "%s is served before anybody has an account",
  async (path) => {
    const ask = await gateFixture();
    expect(await ask(path)).toMatchObject({ status: 200, body: "served" });
  },
);

test.each([
  "/",
  "/login",
  "/settings/sites",
  "/setup/x",
  "/setupx",
  "/api/sites/1",
  "/_next/image?url=a",
  "/_next/static/%2e%2e/x",
  "/api/health/x",
])("%s is not", async (path) => {
  const ask = await gateFixture();
  expect((await ask(path)).status).toBe(404);
  expect((await ask(path, { method: "POST" })).status).toBe(404);
  expect(await ask(path, { headers: { accept: "text/html" } })).toMatchObject({ status: 303, location: "/setup" });
});

test("once there is somebody everything is served and the store is asked no more", async () => {
  const ask = await gateFixture();
  expect((await ask("/login")).status).toBe(404);
  hasAnybody.mockResolvedValue(true);
  expect((await ask("/login")).status).toBe(200);
  expect((await ask("/settings")).status).toBe(200);
  expect(hasAnybody).toHaveBeenCalledTimes(2);
});
