import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import pino from "pino";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createDialer, type Dialer } from "#sensor/dialer.ts";

const servers: Server[] = [];
const logged: Record<string, unknown>[] = [];
let now = 0;
let tried: string[] = [];
let port = 0;
let dialer: Dialer;

beforeEach(() => {
  logged.length = 0;
  tried = [];
  now = 0;
  const log = pino({ base: null }, { write: (line: string) => logged.push(JSON.parse(line)) });
  dialer = createDialer({ originAllow: ["127.0.0.0/8"], productPorts: () => [], now: () => now, log });
});

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.close();
    await once(server, "close");
  }
});

/** An origin at one address; all of a test share the port that the first was given. */
async function listen(address: string, onSocket: (socket: Socket) => void = () => {}): Promise<Server> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    onSocket(socket);
  });
  await once(server.listen(port, address), "listening");
  port = (server.address() as AddressInfo).port;
  servers.push(server);
  return server;
}

const [first, second] = ["127.0.0.1", "127.0.0.2"] as const;

/** The address a connect ended at, or the code it failed with; `tried` gets those whose handshake began. */
async function dial(
  options: { addresses?: string[]; scope?: string; signal?: AbortSignal; timeoutMs?: number; fault?: (address: string) => unknown } = {},
) {
  const { addresses = [first, second], scope = "site", signal, timeoutMs = 2_000, fault } = options;
  const secure = (socket: Socket) => {
    tried.push(String(socket.remoteAddress));
    const found = fault?.(String(socket.remoteAddress));
    if (found === undefined) return Promise.resolve(socket);
    return found === silence ? new Promise<never>(() => {}) : Promise.reject(found);
  };
  const wanted = { destination: { kind: "addresses", addresses } as const, port, timeoutMs, scope, signal };
  try {
    const socket = await dialer.dial(fault === undefined ? wanted : { ...wanted, secure });
    const { remoteAddress } = socket;
    socket.destroy();
    return remoteAddress;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

const silence = Symbol("silence");
const reset = (address: string) => (address === first ? Object.assign(new Error("reset"), { code: "ECONNRESET" }) : undefined);
const expired = (address: string) => (address === first ? Object.assign(new Error("expired"), { code: "CERT_HAS_EXPIRED" }) : undefined);

it("an address that breaks the handshake off is left alone for a while, and then tried again", async () => {
  await listen(first);
  await listen(second);
  expect(await dial({ fault: reset })).toBe(second);
  expect(await dial({ fault: reset })).toBe(second);
  expect(tried).toEqual([first, second, second]);
  now += 10_000;
  expect(await dial({ fault: reset })).toBe(second);
  expect(await dial({ fault: reset })).toBe(second);
  expect(tried).toEqual([first, second, second, first, second, second]);
  now += 20_000;
  expect(await dial({ fault: () => undefined })).toBe(first);
  expect(logged).toMatchObject([
    { msg: "origin address failing", scope: "site", address: first, pauseMs: 10_000, reason: "Error: reset" },
    { msg: "origin address failing", address: first, pauseMs: 20_000 },
    { msg: "origin address recovered", address: first },
  ]);
});

it("an address where nobody listens is passed over, and used again when its pause is over", async () => {
  await listen(second);
  expect(await dial()).toBe(second);
  await listen(first);
  expect(await dial()).toBe(second);
  now += 10_000;
  expect(await dial()).toBe(first);
});

it("an address that accepts and never shakes hands costs one request its patience, and no second one", async () => {
  await listen(first);
  await listen(second);
  const fault = (address: string) => (address === first ? silence : undefined);
  expect(await dial({ fault, timeoutMs: 50 })).toBe(second);
  expect(await dial({ fault, timeoutMs: 50 })).toBe(second);
  expect(tried).toEqual([first, second, second]);
  expect(logged).toMatchObject([{ address: first, reason: expect.stringContaining("No connection within 50 ms") }]);
});

it.each(["destroy", "resetAndDestroy"] as const)(
  "an address that accepts and then calls %s was sent nothing: the next is taken",
  async (close) => {
    await listen(first, (socket) => socket[close]());
    await listen(second);
    expect(await dial()).toBe(second);
    expect(await dial({ scope: "other", addresses: [first] })).toMatch(/^(dial.closed|ECONNRESET)$/);
  },
);

it("when an address is due again, one request looks and the others go on", async () => {
  await listen(first);
  await listen(second);
  await dial({ fault: reset });
  now += 10_000;
  tried = [];
  const ended = await Promise.all(Array.from({ length: 20 }, () => dial({ fault: reset })));
  expect(new Set(ended)).toEqual(new Set([second]));
  expect(tried.filter((address) => address === first)).toHaveLength(1);
});

it("when all fail all are tried, and whichever comes back serves at once", async () => {
  const server = await listen(first);
  server.close();
  await once(server, "close");
  servers.length = 0;
  for (let round = 0; round < 3; round++) expect(await dial()).toBe("ECONNREFUSED");
  await listen(first);
  expect(await dial()).toBe(first);
  expect(await dial()).toBe(first);
});

it("a certificate's fault is told and not hidden by the next address, and leaves the address in use", async () => {
  await listen(first);
  await listen(second);
  expect(await dial({ fault: expired })).toBe("CERT_HAS_EXPIRED");
  expect(await dial({ fault: () => undefined })).toBe(first);
  expect(logged).toEqual([]);
});

it("one site's failures move no other site's traffic", async () => {
  await listen(first);
  await listen(second);
  expect(await dial({ scope: "spoiler", fault: reset })).toBe(second);
  expect(await dial({ scope: "victim", fault: () => undefined })).toBe(first);
});

it("a client that gives up while an address is tried says nothing against the address", async () => {
  await listen(first);
  await listen(second);
  const controller = new AbortController();
  const fault = () => {
    controller.abort();
    return Object.assign(new Error("reset"), { code: "ECONNRESET" });
  };
  expect(await dial({ fault, signal: controller.signal })).toMatch(/dial.aborted|ECONNRESET/);
  expect(await dial({ fault: () => undefined })).toBe(first);
});
