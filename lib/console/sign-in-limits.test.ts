import { expect, test } from "vitest";
import { networkOf } from "#lib/console/sign-in-limits.ts";

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
])("%s counts as %s", (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test("whoever has one IPv6 address has the 64 bits beside it too: they count together, their neighbours apart", () => {
  expect(networkOf("2001:db8:1:2::1")).toBe(networkOf("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  expect(networkOf("2001:db8:1:2::1")).not.toBe(networkOf("2001:db8:1:3::1"));
});
