import ipaddr from "ipaddr.js";
import { type Address, readAddress } from "#lib/site/address.ts";

/** What an address is judged by: what may be dialled although it is local, the product's own ports, this machine's addresses. */
export type AddressRules = {
  isAllowed: (address: Address) => boolean;
  productPorts: readonly number[];
  localAddresses: () => readonly string[];
};

/**
 * Whether the product may connect there. `address` is the normal form that was judged and must be the one dialled; an
 * IPv4 address inside an IPv6 one (mapped, compatible, NAT64 RFC 6052, 6to4 RFC 3056, Teredo RFC 4380) is judged too.
 */
export function judgeAddress(text: string, port: number, rules: AddressRules): { address: string } | { refusal: string } {
  const address = readAddress(text);
  if (address === null) return { refusal: `${JSON.stringify(text.slice(0, 60))} is no IP address` };
  const inner = embeddedAddress(address);
  const judged = inner === null ? [address] : [address, inner];
  if (rules.productPorts.includes(port) && judged.some((one) => isOwn(one, rules.localAddresses())))
    return { refusal: `${address} port ${port} is one of the product's own ports` };
  const restricted = judged.map((one) => restrictedRanges.get(one.range())).find((name) => name !== undefined);
  if (restricted !== undefined && !rules.isAllowed(address))
    return { refusal: `${address} is ${restricted} address, which ORIGIN_ALLOW does not hold` };
  return { address: address.toString() };
}

/** The address in the one form two texts of it have in common, without its zone; empty when it is none. */
export function normalText(text: string): string {
  return (readAddress(text)?.toString() ?? "").replace(/%.*$/, "");
}

const restrictedRanges = new Map<string, string>([
  ["loopback", "a loopback"],
  ["linkLocal", "a link-local"],
  ["unspecified", "an unspecified"],
  ["multicast", "a multicast"],
  ["broadcast", "a broadcast"],
]);

function isOwn(address: Address, localAddresses: readonly string[]): boolean {
  const range = address.range();
  if (range === "loopback" || range === "unspecified") return true;
  const text = normalText(address.toString());
  return localAddresses.some((local) => normalText(local) === text);
}

function embeddedAddress(address: Address): ipaddr.IPv4 | null {
  if (address instanceof ipaddr.IPv4) return null;
  const bytes = address.toByteArray();
  const range = address.range();
  if (range === "6to4") return new ipaddr.IPv4(bytes.slice(2, 6));
  if (range === "teredo") return new ipaddr.IPv4(bytes.slice(12).map((byte) => byte ^ 0xff));
  const isCompatible = bytes.slice(0, 12).every((byte) => byte === 0) && range !== "loopback" && range !== "unspecified";
  return range === "rfc6052" || range === "rfc6145" || isCompatible ? new ipaddr.IPv4(bytes.slice(12)) : null;
}
