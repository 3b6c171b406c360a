import { readAddress, readRanges } from "#lib/site/address.ts";

/** Who sent a request: the address, and what a trusted proxy said came before it, oldest first. */
export type ClientAddress = { address: string; earlier: string[] };

/** Set Real IP From of one site, read once. */
export type TrustedSources = { headerName: string; isTrusted: (address: string) => boolean };

export function readTrustedSources(realIp: { headerName: string; trustedSources: readonly string[] }): TrustedSources {
  const holds = readRanges(realIp.trustedSources);
  return {
    headerName: realIp.headerName,
    isTrusted: (text) => {
      const address = readAddress(text);
      return address !== null && holds(address);
    },
  };
}

/**
 * The peer, unless it is a trusted proxy: then the right-most value that is not itself one. A value that is no address
 * ends the search, because what stands left of it is hearsay of nobody known.
 */
export function clientAddressOf(peer: string, value: string | undefined, sources: TrustedSources | null): ClientAddress {
  // An IPv4 address as the system writes it has one form.
  const own = peer.includes(":") ? (normalAddress(peer) ?? peer) : peer;
  if (sources === null || value === undefined || !sources.isTrusted(own)) return { address: own, earlier: [] };
  const values = value.split(",").map((part) => part.trim());
  let address = own;
  let at = values.length;
  while (at > 0) {
    const next = normalAddress(values[at - 1] ?? "");
    if (next === null) break;
    address = next;
    at -= 1;
    if (!sources.isTrusted(next)) break;
  }
  return { address, earlier: values.slice(0, at).filter((text) => text !== "") };
}

/** An address as proxies write it, with or without port and brackets; IPv4-mapped unwrapped, null when it is none. */
function normalAddress(text: string): string | null {
  const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const isPlain = /^\d+\.\d+\.\d+\.\d+$/.test(bare) || (bare.includes(":") && !bare.includes("%"));
  return isPlain ? (readAddress(bare)?.toString() ?? null) : null;
}
