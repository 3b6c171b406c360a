import ipaddr from "ipaddr.js";

/** Who is counted together: one client, or many of whom all may hold `times` as much as one. */
export type Client = { name: string; times: number };

/**
 * As whom an address counts: an IPv4 address as itself, an IPv6 one as the /64 that one subscriber has whole and as the /48
 * that is the most a site is given (RFC 6177), so that 65,536 networks of one attacker are not 65,536 clients.
 */
export function clientsOf(address: string): readonly Client[] {
  if (!address.includes(":")) return [{ name: address, times: 1 }];
  const parsed = ipaddr.isValid(address) ? ipaddr.process(address) : null;
  if (parsed === null) return [{ name: address, times: 1 }];
  if (parsed instanceof ipaddr.IPv4) return [{ name: parsed.toString(), times: 1 }];
  const parts = parsed.parts.map((part) => part.toString(16));
  return [
    { name: `${parts.slice(0, 4).join(":")}::/64`, times: 1 },
    { name: `${parts.slice(0, 3).join(":")}::/48`, times: timesOf48 },
  ];
}

/** A company's many offices or a carrier's many telephones get on with four; a fifth of all connections it stays. */
const timesOf48 = 4;
