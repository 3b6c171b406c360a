import { once } from "node:events";
import net, { connect, createServer, type Server } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type BoundPort, bindPort } from "#sensor/bound-port.ts";
import { listenLocally } from "#sensor/client-fixture.ts";

const servers: Server[] = [];
const bound: BoundPort[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const server of servers.splice(0)) server.close();
  for (const port of bound.splice(0)) port.close();
});

const variable = "SENSOR_HTTP_PORT";
const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === "IPv6"));

async function bind(port: number, host: string | undefined): Promise<BoundPort> {
  const one = await bindPort({ port, host, variable });
  bound.push(one);
  return one;
}

/** As a worker does. */
async function listenOn({ handle }: BoundPort): Promise<void> {
  const server = createServer();
  servers.push(server);
  server.listen(handle);
  await once(server, "listening");
}

async function reaches(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** What binding `::` meets on a machine whose kernel has no IPv6. */
function loseIpv6(): unknown[] {
  const asked: unknown[] = [];
  const native: Record<string, unknown> = { ...net };
  const create = native._createServerHandle as (address: string, ...rest: unknown[]) => unknown;
  vi.spyOn(net as unknown as { _createServerHandle: typeof create }, "_createServerHandle").mockImplementation((address, ...rest) => {
    asked.push(address);
    return address === "::" ? -97 : create(address, ...rest);
  });
  return asked;
}

describe("a bound port", () => {
  it.runIf(hasIpv6)("is taken for IPv4 and IPv6 when no host is named", async () => {
    const port = await bind(0, undefined);
    await listenOn(port);
    expect([await reaches("127.0.0.1", port.number), await reaches("::1", port.number)]).toEqual([true, true]);
  });

  it.runIf(process.platform === "linux")("is taken for IPv4 alone where there is no IPv6", async () => {
    const asked = loseIpv6();
    const port = await bind(0, undefined);
    expect(asked).toEqual(["::", "0.0.0.0"]);
    await listenOn(port);
    expect(await reaches("127.0.0.1", port.number)).toBe(true);
  });

  it.runIf(process.platform === "linux")("does not fall back when IPv6 was asked for by name", async () => {
    loseIpv6();
    await expect(bind(0, "::")).rejects.toMatchObject({ code: "port.unusable", message: expect.stringContaining(variable) });
  });

  it("takes the name localhost", async () => {
    const port = await bind(0, "localhost");
    await listenOn(port);
    expect(await reaches("localhost", port.number)).toBe(true);
  });

  it("that another program listens on is refused at once", async () => {
    const taken = createServer();
    servers.push(taken);
    const number = await listenLocally(taken);
    await expect(bind(number, "127.0.0.1")).rejects.toMatchObject({
      code: "port.unusable",
      message: expect.stringMatching(new RegExp(`^${variable} is ${number}.*another program listens there`)),
    });
  });
});
