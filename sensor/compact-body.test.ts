import { createHash, randomBytes, randomInt } from "node:crypto";
import { once } from "node:events";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { compactBody } from "#sensor/compact-body.ts";

/** A body that is pushed by whoever reads the connection, as Node's requests are. */
function open(): Readable {
  const body = new Readable({ read() {} });
  compactBody(body);
  return body;
}

const digest = (parts: Buffer[]) => createHash("sha256").update(Buffer.concat(parts)).digest("hex");

describe("a body of small parts", () => {
  it("comes whole and in order, whatever their sizes and whenever they come", async () => {
    const body = open();
    const sent = Array.from({ length: 3_000 }, () => randomBytes(randomInt(1, randomInt(1, 3_000) + 1)));
    const heard: Buffer[] = [];
    body.on("data", (part: Buffer) => {
      heard.push(part);
      if (heard.length % 50 === 0) {
        body.pause();
        setTimeout(() => body.resume(), 1);
      }
    });
    for (const [at, part] of sent.entries()) {
      body.push(part);
      if (at % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    body.push(null);
    await once(body, "end");
    expect(digest(heard)).toBe(digest(sent));
    expect(heard.length).toBeLessThan(sent.length);
  });

  it("does not wait for more where it is read", async () => {
    const body = open();
    for (const text of ["a", "b", "c"]) {
      const arrived = once(body, "data");
      body.push(Buffer.from(text));
      expect(String((await arrived)[0])).toBe(text);
    }
  });

  it("is kept as few large ones where it is not", async () => {
    const body = open().pause();
    for (let at = 0; at < 50_000; at += 1) {
      body.push(Buffer.from([at & 255]));
      if (at % 1_000 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    body.push(null);
    const parts: Buffer[] = [];
    body.on("data", (part: Buffer) => parts.push(part)).resume();
    await once(body, "end");
    expect(Buffer.concat(parts)).toHaveLength(50_000);
    expect(parts.length).toBeLessThan(100);
  });

  it("asks for a pause at as many bytes as any other", () => {
    const body = open().pause();
    let taken = 0;
    while (body.push(Buffer.alloc(7)) && taken < 1_000_000) taken += 7;
    expect(taken).toBeLessThan(body.readableHighWaterMark + 7);
  });
});
