import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { readAddress } from "#lib/site/address.ts";
import { normalText } from "#lib/site/judge-address.ts";
import { isConnectionFailure } from "#sensor/dial-error.ts";

/** The addresses of this machine's running interfaces, as the system lists them. */
export function listedAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address));
}

/**
 * Whether packets to the address stay on this machine. The list knows neither interfaces without a carrier (a Docker bridge
 * that no container uses) nor local routes, which answer all the same; the source address the kernel chooses tells.
 */
export async function isRoutedHome(text: string, listed: readonly string[]): Promise<boolean> {
  const address = readAddress(text)?.toString();
  if (address === undefined) return false;
  const probe = createSocket(isIPv6(address) ? "udp6" : "udp4");
  try {
    // Connecting a UDP socket looks the route up and sends nothing.
    probe.connect(anyPort, address);
    await once(probe, "connect");
    const source = normalText(probe.address().address);
    return source === normalText(address) || !listed.some((one) => normalText(one) === source);
  } catch (error) {
    if (isConnectionFailure(error)) return false;
    throw error;
  } finally {
    probe.close();
  }
}

const anyPort = 9;
