import { describe, expect, it } from "vitest";
import { clientsOf } from "#sensor/clients.ts";

describe("an address counts as", () => {
  it.each([
    ["192.0.2.1", ["192.0.2.1"]],
    ["2001:db8:1:2:3:4:5:6", ["2001:db8:1:2::/64", "2001:db8:1::/48"]],
    ["2001:db8:1:2::", ["2001:db8:1:2::/64", "2001:db8:1::/48"]],
    ["2001:db8:1:3::1", ["2001:db8:1:3::/64", "2001:db8:1::/48"]],
    ["::ffff:192.0.2.1", ["192.0.2.1"]],
    ["fe80::1%eth0", ["fe80:0:0:0::/64", "fe80:0:0::/48"]],
    ["no address", ["no address"]],
  ])("%s: %j", (address, names) => {
    expect(clientsOf(address).map(({ name }) => name)).toEqual(names);
  });
});
