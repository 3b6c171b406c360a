import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { expect, it } from "vitest";
import { createDialer } from "#sensor/dialer.ts";
import { isRoutedHome, listedAddresses } from "#sensor/own-address.ts";

const outward = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

it.each(["127.0.0.1", "::1", "::ffff:127.0.0.1"])("%s stays on this machine", async (address) => {
  expect(await isRoutedHome(address, listedAddresses())).toBe(true);
});

it("every address of every interface stays on this machine, whether the system lists it or not", async () => {
  for (const address of listedAddresses().filter((one) => !one.startsWith("fe80:")))
    expect([address, await isRoutedHome(address, [])]).toEqual([address, true]);
});

it.each(["192.0.2.1", "2001:db8::1"])("%s, another machine's or nobody's, does not", async (address) => {
  expect(await isRoutedHome(address, listedAddresses())).toBe(false);
});

it.each(["localhost", "", "1.2.3.4.5"])("%j is no address, and no name is looked up for it", async (text) => {
  expect(await isRoutedHome(text, [])).toBe(false);
});

it.skipIf(outward === undefined)("the product's port is out of reach at an address of its own that the system does not list", async () => {
  let connections = 0;
  const product = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, "0.0.0.0");
  await once(product, "listening");
  const { port } = product.address() as AddressInfo;
  // As behind an interface without a carrier: its address answers and stands in no list.
  const dialer = createDialer({ originAllow: [], productPorts: () => [port], ownAddresses: () => ["127.0.0.1"] });
  const wanted = { destination: { kind: "addresses", addresses: [outward ?? ""] } as const, port, scope: "site", timeoutMs: 2_000 };
  await expect(dialer.dial(wanted)).rejects.toMatchObject({ code: "dial.forbidden" });
  expect(connections).toBe(0);
  product.close();
});
