import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDialer } from "#sensor/dialer.ts";

const loopback = ["127.0.0.0/8", "::1/128"];
let server: Server;
let port: number;
let connections = 0;

beforeEach(async () => {
  connections = 0;
  server = createServer((socket) => {
    connections += 1;
    socket.on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.close();
  await once(server, "close");
});

const host = { kind: "host", hostName: "origin.test" } as const;
const addresses = (...list: string[]) => ({ kind: "addresses", addresses: list }) as const;

async function dialAndClose(dialer: ReturnType<typeof createDialer>, destination: Parameters<typeof dialer.dial>[0]["destination"]) {
  const socket = await dialer.dial({ destination, port, scope: "site", timeoutMs: 2_000 });
  const { remoteAddress } = socket;
  socket.destroy();
  return remoteAddress;
}

describe("the dialer", () => {
  it("judges a name at every connect, so that a name rebound to loopback is refused", async () => {
    const answers = [["127.0.0.1"], ["169.254.169.254"]];
    const dialer = createDialer({ originAllow: loopback, productPorts: () => [], resolve: async () => answers.shift() ?? [] });
    expect(await dialAndClose(dialer, host)).toBe("127.0.0.1");
    await expect(dialAndClose(dialer, host)).rejects.toMatchObject({ code: "dial.forbidden" });
  });

  it("dials the address it judged and asks no second time", async () => {
    const answers = [["127.0.0.1"]];
    const dialer = createDialer({
      originAllow: loopback,
      productPorts: () => [],
      resolve: async () => answers.shift() ?? Promise.reject(new Error("asked twice")),
    });
    expect(await dialAndClose(dialer, host)).toBe("127.0.0.1");
  });

  it("never reaches the product's own ports, also when they become known later", async () => {
    const ports: number[] = [];
    const dialer = createDialer({ originAllow: loopback, productPorts: () => ports });
    expect(await dialAndClose(dialer, addresses("127.0.0.1"))).toBe("127.0.0.1");
    ports.push(port);
    for (const address of ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "0.0.0.0"])
      await expect(dialAndClose(dialer, addresses(address))).rejects.toMatchObject({ code: "dial.forbidden" });
    expect(connections).toBe(1);
  });

  it("refuses loopback where ORIGIN_ALLOW is empty", async () => {
    const dialer = createDialer({ originAllow: [], productPorts: () => [], resolve: async () => ["127.0.0.1", "::1"] });
    await expect(dialAndClose(dialer, host)).rejects.toMatchObject({ code: "dial.forbidden" });
    expect(connections).toBe(0);
  });

  it("leaves out the forbidden ones of several addresses", async () => {
    const dialer = createDialer({ originAllow: loopback, productPorts: () => [], resolve: async () => ["169.254.169.254", "127.0.0.1"] });
    expect(await dialAndClose(dialer, host)).toBe("127.0.0.1");
  });

  it("connects nowhere when every address of a name is forbidden, and says each", async () => {
    const answers = ["169.254.169.254", "0.0.0.0", "::ffff:127.0.0.1", "rubbish"];
    const dialer = createDialer({ originAllow: [], productPorts: () => [], resolve: async () => answers });
    const failure = await dialAndClose(dialer, host).catch((error: Error) => error.message);
    for (const said of ["169.254.169.254 is a link-local", "0.0.0.0 is an unspecified", "127.0.0.1 is a loopback", "rubbish"])
      expect(failure).toContain(said);
    expect(connections).toBe(0);
  });

  it("looks at sixteen of a name's answers and no more", async () => {
    const many = Array.from({ length: 16 }, (_, at) => `169.254.0.${at}`);
    const dialer = createDialer({ originAllow: loopback, productPorts: () => [], resolve: async () => [...many, "127.0.0.1"] });
    await expect(dialAndClose(dialer, host)).rejects.toMatchObject({ code: "dial.forbidden" });
  });

  it("goes on to the next address when one refuses the connection", async () => {
    const dialer = createDialer({ originAllow: loopback, productPorts: () => [] });
    expect(await dialAndClose(dialer, addresses("127.0.0.2", "127.0.0.1"))).toBe("127.0.0.1");
  });

  it.each([
    ["ECONNRESET", ["127.0.0.1", "127.0.0.2"]],
    ["CERT_HAS_EXPIRED", ["127.0.0.1"]],
  ])("after a handshake that failed with %s it has tried %j", async (code, expected) => {
    const every = createServer((socket) => socket.on("error", () => {})).listen(0, "0.0.0.0");
    await once(every, "listening");
    const dialer = createDialer({ originAllow: loopback, productPorts: () => [] });
    const tried: (string | undefined)[] = [];
    const secure = (socket: Socket) => {
      tried.push(socket.remoteAddress);
      return Promise.reject(Object.assign(new Error(code), { code }));
    };
    const destination = addresses("127.0.0.1", "::ffff:127.0.0.1", "127.0.0.2");
    const wanted = { destination, port: (every.address() as AddressInfo).port, scope: "site", timeoutMs: 2_000, secure };
    await expect(dialer.dial(wanted)).rejects.toMatchObject({ code });
    expect(tried).toEqual(expected);
    every.close();
  });

  it("says that a name cannot be resolved", async () => {
    const dialer = createDialer({ originAllow: loopback, productPorts: () => [], resolve: () => Promise.reject(new Error("ENOTFOUND")) });
    await expect(dialAndClose(dialer, host)).rejects.toMatchObject({ code: "dial.unresolved" });
  });

  it("ends a handshake that lasts too long, and closes its connection", async () => {
    const closed = new Promise((done) => server.once("connection", (socket) => socket.resume().once("close", done)));
    const dialer = createDialer({ originAllow: loopback, productPorts: () => [] });
    const secure = () => new Promise<never>(() => {});
    await expect(dialer.dial({ destination: addresses("127.0.0.1"), port, scope: "site", timeoutMs: 50, secure })).rejects.toMatchObject({
      code: "dial.timeout",
    });
    await closed;
  });

  it("ends a resolution that lasts too long", async () => {
    const dialer = createDialer({ originAllow: loopback, productPorts: () => [], resolve: () => new Promise<never>(() => {}) });
    await expect(dialer.dial({ destination: host, port, scope: "site", timeoutMs: 50 })).rejects.toMatchObject({ code: "dial.timeout" });
  });

  it("stops when nobody waits any more", async () => {
    const dialer = createDialer({ originAllow: loopback, productPorts: () => [], resolve: () => new Promise<never>(() => {}) });
    const controller = new AbortController();
    const dialled = dialer.dial({ destination: host, port, scope: "site", timeoutMs: 5_000, signal: controller.signal });
    controller.abort();
    await expect(dialled).rejects.toMatchObject({ code: "dial.aborted" });
  });
});
