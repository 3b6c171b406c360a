import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { type ClientHttp2Session, constants } from "node:http2";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createAuthority } from "#e2e/pki/authority.ts";
import { type Frame, frame, head, preface, type RawHttp2, request, settings, types, uint32 } from "#sensor/frame-fixture.ts";
import { finish } from "#sensor/http2-fixture.ts";
import { type Mutual, startMutual } from "#sensor/mutual-fixture.ts";

let mutual: Mutual;
const held: ServerResponse[] = [];
beforeAll(async () => {
  mutual = await startMutual();
});
afterAll(() => mutual[Symbol.asyncDispose]());
afterEach(async () => {
  held.length = 0;
  mutual.reset();
  await mutual.save();
});

const serve = () =>
  mutual.serve((arrived, response) => {
    if (arrived.url === "/hold") held.push(response);
    else response.end("ok");
  });
const isGoAway = ({ type }: Frame) => type === types.goAway;
const goAways = (raw: RawHttp2) => raw.frames.filter(isGoAway).map(({ payload }) => [payload.readUInt32BE(0), payload.readUInt32BE(4)]);
let size = 1;
/** A revision that admits the same clients and yet is another. */
function saveAnother(): Promise<void> {
  size += 1;
  return mutual.save({ maxBodySizeMb: size });
}

describe("a new revision", () => {
  it("lets what runs finish, takes no stream after that, and closes", async () => {
    serve();
    const raw = await mutual.frames();
    raw.send(request(1, head("shop.test", { ":path": "/hold" })), request(3, head("shop.test", { ":path": "/hold" })));
    await expect.poll(() => held.length).toBe(2);
    await saveAnother();
    await raw.find(isGoAway);
    // Above the last stream that is named, so that the client knows nothing was done with it (RFC 9113 §6.8).
    expect(goAways(raw)).toEqual([[3, constants.NGHTTP2_NO_ERROR]]);
    raw.send(request(5, head("shop.test")));
    for (const response of held) response.end("finished");
    expect(await raw.outcome(1)).toMatchObject({ status: 200, body: "finished", end: "END_STREAM" });
    expect(await raw.outcome(3)).toMatchObject({ status: 200, body: "finished", end: "END_STREAM" });
    await raw.closed;
    expect(raw.frames.some(({ streamId }) => streamId === 5)).toBe(false);
    expect(mutual.arrivals).toHaveLength(2);
  });

  it("lets a body on its way come whole", async () => {
    serve();
    mutual.serve(async (arrived, response) => {
      let length = 0;
      for await (const part of arrived) length += part.length;
      response.end(`${length}`);
    });
    const session = await mutual.session();
    const stream = session.request({ ":method": "POST", ":path": "/" });
    stream.write(Buffer.alloc(100_000));
    await expect.poll(() => mutual.arrivals.length).toBe(1);
    const gone = once(session, "goaway");
    await saveAnother();
    await gone;
    stream.end(Buffer.alloc(100_000));
    expect(await finish(stream)).toMatchObject({ status: 200, body: "200000" });
  });

  it("closes a connection on which nothing runs", async () => {
    serve();
    const raw = await mutual.frames();
    raw.send(request(1, head("shop.test")));
    await raw.outcome(1);
    await saveAnother();
    await raw.closed;
    expect(goAways(raw)[0]).toEqual([1, constants.NGHTTP2_NO_ERROR]);
  });

  it("closes without a reset that would take the last answer away from a client that is still sending", async () => {
    await using patient = await startMutual({ deadlines: { lingerMs: 10_000 } });
    patient.serve((_request, response) => response.end(Buffer.alloc(2_000_000, "a")));
    const raw = await patient.frames({ opening: [preface, settings([4, 0x7fffffff]), frame(types.windowUpdate, 0, uint32(0x7f000000))] });
    raw.send(request(1, head("shop.test")));
    await raw.find(({ type }) => type === types.headers);
    raw.pause();
    await patient.save({ maxBodySizeMb: 2 });
    // Nobody answers these any more, and they are no reason to drop what is on its way.
    for (let at = 3; at < 99; at += 2) raw.send(request(at, head("shop.test")));
    raw.resume();
    const { status, body, end } = await raw.outcome(1);
    expect([status, body.length, end]).toEqual([200, 2_000_000, "END_STREAM"]);
    expect(await raw.closed).toBeNull();
    expect(patient.arrivals).toHaveLength(1);
  });

  it("that adds a CA, and one of another site, leave connections as they are", async () => {
    serve();
    const raw = await mutual.frames();
    raw.send(request(1, head("shop.test")));
    await raw.outcome(1);
    await mutual.save({ downstream: [mutual.clients, await createAuthority({ commonName: "More" })] });
    await mutual.add("another.test");
    raw.send(request(3, head("shop.test")));
    expect(await raw.outcome(3)).toMatchObject({ status: 200 });
    expect([goAways(raw), raw.isClosed()]).toEqual([[], false]);
  });
});

describe("a client that repeats what was not taken", () => {
  it("loses nothing and does nothing twice, however often revisions change", async () => {
    serve();
    let session: ClientHttp2Session | null = null;
    const outcomes: string[] = [];
    let isOver = false;

    async function once200(path: string): Promise<void> {
      for (let attempt = 0; attempt < 20; attempt += 1) {
        if (session === null || session.closed || session.destroyed) session = await mutual.session();
        if (session.closed || session.destroyed) continue;
        const { status, rstCode } = await finish(session.request({ ":method": "POST", ":path": path }, { endStream: true }));
        if (status === 200) return;
        outcomes.push(`${path} ${status} ${rstCode}`);
        if (status !== null || rstCode !== constants.NGHTTP2_REFUSED_STREAM) return;
      }
    }

    async function worker(name: number): Promise<number> {
      let count = 0;
      for (; !isOver; count += 1) await once200(`/${name}/${count}`);
      return count;
    }

    const workers = Array.from({ length: 5 }, (_, at) => worker(at));
    for (let save = 0; save < 10; save += 1) await saveAnother();
    isOver = true;
    const sent = (await Promise.all(workers)).reduce((sum, count) => sum + count, 0);
    expect(outcomes.filter((text) => !text.endsWith(`null ${constants.NGHTTP2_REFUSED_STREAM}`))).toEqual([]);
    expect(sent).toBeGreaterThan(50);
    expect(new Set(mutual.arrivals.map(({ url }) => url)).size).toBe(sent);
    expect(mutual.arrivals).toHaveLength(sent);
  });
});

describe("a sensor that stops", () => {
  it("says GOAWAY, finishes what runs, and stops", async () => {
    await using stopping = await startMutual();
    let response: ServerResponse | null = null;
    stopping.serve((_request, given) => {
      response = given;
    });
    const raw = await stopping.frames();
    raw.send(request(1, head("shop.test")));
    await expect.poll(() => response).not.toBeNull();
    const stopped = stopping.rig.stop();
    await raw.find(isGoAway);
    (response as ServerResponse | null)?.end("last");
    expect(await raw.outcome(1)).toMatchObject({ status: 200, body: "last" });
    await stopped;
  });
});
