import { expect, it } from "vitest";
import { createDialer } from "#sensor/dialer.ts";
import { createResolver } from "#sensor/resolver.ts";

it("all who wait for a name share one question, and who comes later asks anew", async () => {
  const asked: string[] = [];
  const answers: ((addresses: string[]) => void)[] = [];
  const resolve = createResolver((hostName) => {
    asked.push(hostName);
    return new Promise((done) => answers.push(done));
  });
  const waiting = [resolve("a.test"), resolve("a.test"), resolve("b.test"), resolve("a.test")];
  expect(asked).toEqual(["a.test", "b.test"]);
  for (const [at, answer] of answers.entries()) answer([`10.0.0.${at}`]);
  expect(await Promise.all(waiting)).toEqual([["10.0.0.0"], ["10.0.0.0"], ["10.0.0.1"], ["10.0.0.0"]]);
  const later = resolve("a.test");
  answers.at(-1)?.(["10.9.9.9"]);
  expect(await later).toEqual(["10.9.9.9"]);
});

it("a question that failed is asked again by the next", async () => {
  let failures = 1;
  const resolve = createResolver(async () => {
    failures -= 1;
    if (failures === 0) throw new Error("ENOTFOUND");
    return ["10.0.0.1"];
  });
  await expect(resolve("a.test")).rejects.toThrow("ENOTFOUND");
  expect(await resolve("a.test")).toEqual(["10.0.0.1"]);
});

it.each(["localhost", "127.1", "2130706433", "0x7f000001", "017700000001"])(
  "the name %j, which the system takes for loopback, is judged as the address it means",
  async (hostName) => {
    const dialer = createDialer({ originAllow: [], productPorts: () => [] });
    const wanted = { destination: { kind: "host", hostName } as const, port: 9, scope: "site", timeoutMs: 5_000 };
    await expect(dialer.dial(wanted)).rejects.toMatchObject({ code: "dial.forbidden" });
  },
);
