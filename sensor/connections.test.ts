import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listenLocally } from "#sensor/client-fixture.ts";
import type { Connection, Start } from "#sensor/connection.ts";
import { type Connections, createConnections } from "#sensor/connections.ts";
import { afterChange, afterReduction, deadlines } from "#sensor/deadlines.ts";

const server = createServer();
let now = 0;
let connections: Connections;
const clients: Socket[] = [];

beforeEach(() => {
  now = 1_000;
  connections = createConnections({ deadlines, now: () => now });
});
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
});

/** A connection over a real socket, whose clock is the test's. */
async function accept(first: "hello" | "head"): Promise<{ connection: Connection; socket: Socket; client: Socket }> {
  const port = server.listening ? portOf() : await listenLocally(server.unref());
  const client = connect(port, "127.0.0.1");
  clients.push(client);
  client.on("error", () => {});
  const [socket] = (await once(server, "connection")) as [Socket];
  return { connection: connections.accept(socket, first), socket, client };
}

function portOf(): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function isOpenAfter(socket: Socket, milliseconds: number): boolean {
  now += milliseconds;
  connections.sweep();
  return !socket.destroyed;
}

async function secured(siteId: string) {
  const accepted = await accept("hello");
  accepted.connection.assign(siteId);
  accepted.connection.secure(accepted.socket, { isRefused: false });
  return accepted;
}

const cuts: string[] = [];
const start = (siteId: string, kind: Start["kind"] = "request"): Start => ({
  siteId,
  kind,
  cut: () => cuts.push(`${siteId} ${kind}`),
  askToClose: () => true,
});

describe("a deadline", () => {
  it("ends a connection without a hello after 10 s", async () => {
    const { socket } = await accept("hello");
    expect(isOpenAfter(socket, 9_999)).toBe(true);
    expect(isOpenAfter(socket, 1)).toBe(false);
  });

  it("ends a handshake after another 10 s", async () => {
    const { socket, connection } = await accept("hello");
    now += 9_000;
    connection.assign("a");
    expect(isOpenAfter(socket, 9_999)).toBe(true);
    expect(isOpenAfter(socket, 1)).toBe(false);
  });

  it.each([
    [false, 15_000],
    [true, 5_000],
  ])("gives a client whose refusal is certain (%s) %i ms for its head", async (isRefused, limit) => {
    const { socket, connection } = await accept("hello");
    connection.assign("a");
    connection.secure(socket, { isRefused });
    expect(isOpenAfter(socket, limit - 1)).toBe(true);
    expect(isOpenAfter(socket, 1)).toBe(false);
  });

  it("does not count while a request runs, and gives 75 s between two", async () => {
    const { socket, connection } = await accept("head");
    const running = connection.begin(start("a"));
    expect(isOpenAfter(socket, 1_000_000)).toBe(true);
    running?.end();
    running?.end();
    expect(isOpenAfter(socket, 74_999)).toBe(true);
    expect(isOpenAfter(socket, 1)).toBe(false);
  });

  it("gives the next head on a kept connection 15 s from its first byte, however slowly it drips", async () => {
    const { socket, connection, client } = await accept("head");
    socket.on("data", () => {});
    connection.begin(start("a"))?.end();
    client.write("G");
    await once(socket, "data");
    expect(isOpenAfter(socket, 0)).toBe(true);
    for (let second = 0; second < 14; second += 1) {
      client.write("E");
      await once(socket, "data");
      expect(isOpenAfter(socket, 1_000)).toBe(true);
    }
    expect(isOpenAfter(socket, 1_000)).toBe(false);
  });

  it("ends a client that reads nothing for a minute, not one that reads slowly", async () => {
    const { socket, connection, client } = await accept("head");
    client.pause();
    connection.begin(start("a"));
    socket.write(Buffer.alloc(20_000_000));
    expect(isOpenAfter(socket, 0)).toBe(true);
    expect(isOpenAfter(socket, 59_999)).toBe(true);
    socket.write(Buffer.alloc(1));
    expect(isOpenAfter(socket, 1)).toBe(true);
    expect(isOpenAfter(socket, 59_999)).toBe(true);
    expect(isOpenAfter(socket, 1)).toBe(false);
  });
});

describe("retiring a site", () => {
  it.each([
    ["reduced trust", afterReduction],
    ["any other change", afterChange],
  ])("after %s lets what runs end, takes nothing new behind it, and leaves other sites alone", async (_, cut) => {
    const busy = await secured("a");
    const other = await secured("b");
    const running = busy.connection.begin(start("a"));
    connections.retire("a", cut);
    expect(busy.socket.writableEnded).toBe(false);
    expect(busy.connection.begin(start("a"))).toBeNull();
    running?.end();
    expect(busy.socket.writableEnded).toBe(true);
    expect(other.connection.begin(start("b"))).not.toBeNull();
  });

  it("whose trust was reduced closes idle connections and handshakes at once", async () => {
    const idle = await secured("a");
    const young = await accept("hello");
    young.connection.assign("a");
    connections.retire("a", afterReduction);
    expect(idle.socket.writableEnded).toBe(true);
    expect(idle.connection.begin(start("a"))).toBeNull();
    expect(young.socket.destroyed).toBe(true);
  });

  it("that changed otherwise takes the request that was on its way, tells it that it is the last, and closes behind it", async () => {
    const { connection, socket } = await secured("a");
    connections.retire("a", afterChange);
    expect(socket.writableEnded).toBe(false);
    let isAsked = false;
    const askToClose = () => {
      isAsked = true;
      return true;
    };
    const running = connection.begin({ ...start("a"), askToClose });
    expect([isAsked, running !== null, connection.begin(start("a"))]).toEqual([true, true, null]);
    running?.end();
    expect(socket.writableEnded).toBe(true);
  });

  it("that changed otherwise closes idle connections after a second", async () => {
    const { connection, socket } = await secured("a");
    connections.retire("a", afterChange);
    expect(isOpenAfter(socket, afterChange.graceMs - 1)).toBe(true);
    expect(socket.writableEnded).toBe(false);
    isOpenAfter(socket, 1);
    expect(socket.writableEnded).toBe(true);
    expect(connection.begin(start("a"))).toBeNull();
  });

  it("that changed otherwise lets a handshake end, and its request be the last", async () => {
    const { connection, socket } = await accept("hello");
    connection.assign("a");
    connections.retire("a", afterChange);
    expect(isOpenAfter(socket, afterChange.graceMs + 1)).toBe(true);
    connection.secure(socket, { isRefused: false });
    expect(connection.begin(start("a"))).not.toBeNull();
    expect(connection.begin(start("a"))).toBeNull();
  });

  it("whose answer's head has left takes one more request: nothing could say that there is none", async () => {
    const { connection, socket } = await secured("a");
    const running = connection.begin({ ...start("a"), askToClose: () => false });
    connections.retire("a", afterChange);
    running?.end();
    expect(socket.writableEnded).toBe(false);
    expect(connection.begin(start("a"))).not.toBeNull();
    expect(connection.begin(start("a"))).toBeNull();
  });

  it("closes at once when a reduction of trust follows another change", async () => {
    const { connection, socket } = await secured("a");
    connections.retire("a", afterChange);
    connections.retire("a", afterReduction);
    expect(connection.begin(start("a"))).toBeNull();
    expect(socket.writableEnded).toBe(true);
  });

  it("destroys a closed connection whose other side does not close", async () => {
    const { socket } = await secured("a");
    connections.retire("a", afterReduction);
    expect(isOpenAfter(socket, deadlines.lingerMs)).toBe(false);
  });

  it("cuts what runs after 30 s and WebSockets after 5 s when trust was reduced, on the HTTP port too", async () => {
    cuts.length = 0;
    const { connection } = await accept("head");
    const runs = [start("a"), start("a", "websocket"), start("b"), start("b", "websocket")].map((one) => connection.begin(one));
    connections.retire("a", afterReduction);
    now += 4_999;
    connections.sweep();
    expect(cuts).toEqual([]);
    now += 1;
    connections.sweep();
    expect(cuts).toEqual(["a websocket"]);
    runs[1]?.end();
    now += 25_000;
    connections.sweep();
    expect(cuts).toEqual(["a websocket", "a request"]);
  });

  it("lets them run for an hour after any other change, and a later reduction brings the end forward", async () => {
    cuts.length = 0;
    const { connection } = await accept("head");
    connection.begin(start("a"));
    connections.retire("a", afterChange);
    now += 3_599_000;
    connections.sweep();
    expect(cuts).toEqual([]);
    connections.retire("a", afterReduction);
    now += 1_000;
    connections.sweep();
    expect(cuts).toEqual(["a request"]);
  });
});

describe("the register", () => {
  it("finds a connection by its socket's addresses, not after its end, and says when all are gone", async () => {
    const { connection, socket, client } = await accept("hello");
    expect(connections.find(socket)).toBe(connection);
    expect(connection.address).toBe("127.0.0.1");
    const empty = connections.whenEmpty();
    client.destroy();
    socket.resume();
    await empty;
    expect(connections.find(socket)).toBeUndefined();
    expect(connections.count()).toBe(0);
  });
});

describe("what runs", () => {
  it("is counted by client and by site, and what is over a limit says so and does not count", async () => {
    connections = createConnections({ deadlines, limits: { connectionsPerSite: 9, requestsPerAddress: 3, requestsPerSite: 2 } });
    const { connection } = await accept("head");
    const [first, second, third, fourth] = ["a", "a", "a", "b"].map((siteId) => connection.begin(start(siteId)));
    expect([first, second, third, fourth].map((run) => run?.excess)).toEqual([null, null, "requestsPerSite", null]);
    expect(connection.begin(start("c"))?.excess).toBe("requestsPerAddress");
    third?.end();
    expect(connection.begin(start("b"))?.excess).toBe("requestsPerAddress");
    for (const run of [first, first, second, fourth]) run?.end();
    expect(["a", "b", "b", "c"].map((siteId) => connection.begin(start(siteId))?.excess)).toEqual([null, null, null, "requestsPerAddress"]);
  });

  it("is over with its connection, should it forget to say so", async () => {
    connections = createConnections({ deadlines, limits: { connectionsPerSite: 9, requestsPerAddress: 1, requestsPerSite: 1 } });
    const { connection, socket } = await accept("head");
    expect(connection.begin(start("a"))?.excess).toBeNull();
    socket.destroy();
    await expect.poll(connections.load).toBe(0);
    const next = await accept("head");
    expect(next.connection.begin(start("a"))?.excess).toBeNull();
  });
});
