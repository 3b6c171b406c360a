import { describe, expect, it } from "vitest";
import { clientAddressOf, readTrustedSources } from "#lib/site/client-address.ts";

const sources = readTrustedSources({ headerName: "x-forwarded-for", trustedSources: ["10.0.0.0/8", "2001:db8::/32"] });

describe("the client's address", () => {
  it.each([
    ["a stranger's header counts for nothing", "6.6.6.6", "1.2.3.4", "6.6.6.6", []],
    ["a trusted peer's last value is the client", "10.0.0.1", "1.2.3.4", "1.2.3.4", []],
    ["an IPv4-mapped peer is the IPv4 peer", "::ffff:10.0.0.1", "1.2.3.4", "1.2.3.4", []],
    ["what the client itself claimed stays in front", "10.0.0.1", "9.9.9.9, 1.2.3.4", "1.2.3.4", ["9.9.9.9"]],
    ["trusted values on the right are skipped", "10.0.0.1", "9.9.9.9, 1.2.3.4, 10.0.0.3, 2001:db8::2", "1.2.3.4", ["9.9.9.9"]],
    ["a claimed trusted address left of the client is not skipped", "10.0.0.1", "10.6.6.6, 1.2.3.4", "1.2.3.4", ["10.6.6.6"]],
    ["mapped values are unwrapped", "10.0.0.1", "1.2.3.4, ::ffff:10.0.0.3", "1.2.3.4", []],
    ["ports and brackets are taken off", "10.0.0.1", "[2606:4700::1]:443, 10.0.0.3:80", "2606:4700::1", []],
    ["only trusted values: the first of them", "10.0.0.1", "10.0.0.9, 10.0.0.8", "10.0.0.9", []],
    ["no address ends the search", "10.0.0.1", "1.2.3.4, unknown, 10.0.0.8", "10.0.0.8", ["1.2.3.4", "unknown"]],
    ["nothing but rubbish: the peer", "10.0.0.1", "unknown", "10.0.0.1", ["unknown"]],
    ["short forms of IPv4 are rubbish", "10.0.0.1", "127.1", "10.0.0.1", ["127.1"]],
    ["no header: the peer", "10.0.0.1", undefined, "10.0.0.1", []],
    ["empty values are left out", "10.0.0.1", ",, 9.9.9.9,,1.2.3.4", "1.2.3.4", ["9.9.9.9"]],
  ])("%s", (_name, peer, value, address, earlier) => {
    expect(clientAddressOf(peer, value, sources)).toEqual({ address, earlier });
  });

  it("is the peer where Set Real IP From is off", () => {
    expect(clientAddressOf("::ffff:10.0.0.1", "1.2.3.4", null)).toEqual({ address: "10.0.0.1", earlier: [] });
  });
});
