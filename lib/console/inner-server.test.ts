import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { closeFrontDoor } from "#lib/console/front-door.ts";
import { openInnerServer } from "#lib/console/inner-server.ts";

async function openInner(fails = false) {
  const arrivals: (string | undefined)[] = [];
  const errors: unknown[] = [];
  const inner = await openInnerServer(
    async ({ url, headers }, response) => {
      if (fails) throw new Error("no page");
      arrivals.push(`${url} for ${headers["x-forwarded-for"]}`);
      response.end();
    },
    (error) => errors.push(error),
  );
  onTestFinished(() => closeFrontDoor(inner.server, 100));
  return { ...inner, arrivals, errors };
}

/** The headers of a request that came through the front door, as Next copies them. */
function vouched({ vouch }: { vouch(request: IncomingMessage): void }): Record<string, string> {
  const request = new IncomingMessage(new Socket());
  vouch(request);
  return {
    ...Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
    "x-forwarded-for": "192.0.2.7",
  };
}

test("Next's call to itself keeps the address of the visit behind it", async () => {
  const inner = await openInner();
  expect((await fetch(`${inner.origin}/settings`, { headers: vouched(inner) })).status).toBe(200);
  expect(inner.arrivals).toEqual(["/settings for 192.0.2.7"]);
});

test.each([
  ["nothing", {}],
  ["an empty word", { "x-tessera-inner": "" }],
  ["a guess", { "x-tessera-inner": Buffer.alloc(32).toString("base64url") }],
  ["a shorter guess", { "x-tessera-inner": "AA" }],
])("whoever comes with %s gets nothing", async (_, headers) => {
  const inner = await openInner();
  expect((await fetch(inner.origin, { headers })).status).toBe(404);
  expect(inner.arrivals).toEqual([]);
});

test("the word of another process is not taken", async () => {
  const [one, other] = [await openInner(), await openInner()];
  expect((await fetch(one.origin, { headers: vouched(other) })).status).toBe(404);
});

test("a call that fails is told and cut", async () => {
  const inner = await openInner(true);
  await expect(fetch(inner.origin, { headers: vouched(inner) })).rejects.toThrow();
  expect(inner.errors).toEqual([new Error("no page")]);
});
