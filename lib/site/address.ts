import ipaddr from "ipaddr.js";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The address, IPv4-mapped unwrapped, or null when the text is none. */
export function readAddress(text: string): Address | null {
  return ipaddr.isValid(text) ? ipaddr.process(text) : null;
}

/**
 * An address or a range as a CIDR in normal form, IPv4-mapped ones as IPv4. A range of all addresses is a fault of its
 * own: as a list of whom to trust it would let every client choose its own address.
 */
export function readRange(text: string): { cidr: string } | { fault: "unreadable" | "everybody" } {
  const parsed = parseRange(text);
  if (parsed === null) return { fault: "unreadable" };
  const [address, bits] = parsed;
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress();
  if (bits === 0 || (isMapped && bits <= 96)) return { fault: "everybody" };
  return { cidr: isMapped ? networkOf(address.toIPv4Address(), bits - 96) : networkOf(address, bits) };
}

/** A test for membership in CIDRs; IPv4-mapped ranges count as IPv4. */
export function readRanges(cidrs: readonly string[]): (address: Address) => boolean {
  const ranges = cidrs.map((cidr): [Address, number] => {
    const [network, bits] = ipaddr.parseCIDR(cidr);
    const isMapped = network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= 96;
    return isMapped ? [network.toIPv4Address(), bits - 96] : [network, bits];
  });
  return (address) => ranges.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
}

function parseRange(entry: string): [Address, number] | null {
  const [address = "", prefix, ...rest] = entry.split("/");
  if (rest.length > 0 || address.includes("%")) return null;
  const isFour = ipaddr.IPv4.isValidFourPartDecimal(address);
  if (!isFour && !(address.includes(":") && ipaddr.IPv6.isValid(address))) return null;
  const parsed = ipaddr.parse(address);
  const most = isFour ? 32 : 128;
  if (prefix === undefined) return [parsed, most];
  return /^[0-9]{1,3}$/.test(prefix) && Number(prefix) <= most ? [parsed, Number(prefix)] : null;
}

function networkOf(address: Address, bits: number): string {
  const cidr = `${address.toString()}/${bits}`;
  const network = address.kind() === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(cidr) : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  return `${network.toString()}/${bits}`;
}
