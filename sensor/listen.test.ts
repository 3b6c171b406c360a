import { once } from "node:events";
import { connect, createServer, type ListenOptions, Server } from "node:net";
import { networkInterfaces } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { listen } from "#sensor/listen.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const hasIpv6 = Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ family }) => family === "IPv6"));

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

/** What `listen("::")` meets on a machine whose kernel has no IPv6. */
class WithoutIpv6 extends Server {
  readonly asked: unknown[] = [];

  override listen(...given: unknown[]): this {
    const options = given[0] as ListenOptions;
    this.asked.push(options.host);
    if (options.host !== "::") return super.listen(options);
    const failure = Object.assign(new Error("no IPv6"), { code: "EAFNOSUPPORT" });
    setImmediate(() => this.emit("error", failure));
    return this;
  }
}

describe("listening on all addresses", () => {
  it.runIf(hasIpv6)("takes IPv4 and IPv6 on one port", async () => {
    const server = createServer();
    servers.push(server);
    const port = await listen(server, { port: 0, host: undefined, variable: "SENSOR_HTTP_PORT" });
    expect([await reaches("127.0.0.1", port), await reaches("::1", port)]).toEqual([true, true]);
  });

  it("takes IPv4 alone where there is no IPv6", async () => {
    const server = new WithoutIpv6();
    servers.push(server);
    const port = await listen(server, { port: 0, host: undefined, variable: "SENSOR_HTTP_PORT" });
    expect(server.asked).toEqual(["::", "0.0.0.0"]);
    expect(await reaches("127.0.0.1", port)).toBe(true);
  });

  it("does not fall back when IPv6 was asked for by name", async () => {
    const server = new WithoutIpv6();
    servers.push(server);
    const asked = listen(server, { port: 0, host: "::", variable: "SENSOR_HTTP_PORT" });
    await expect(asked).rejects.toMatchObject({ code: "port.unusable", message: expect.stringContaining("SENSOR_HTTP_PORT") });
  });
});
