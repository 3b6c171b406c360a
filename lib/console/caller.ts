import { isIP } from "node:net";
import { AppError } from "#lib/app-error.ts";

/** Who sends a request: the address for limits and the audit log, and whether it came over HTTPS (then cookies are Secure). */
export type Caller = { address: string; isSecure: boolean };

/**
 * The caller of a request that came through the front door, from the headers of the request (`await headers()`).
 * The door overwrites both headers on every request; without them nobody vouches for the caller and this throws.
 */
export function callerOf(headers: { get(name: string): string | null }): Caller {
  const address = headers.get("x-forwarded-for") ?? "";
  const scheme = headers.get("x-forwarded-proto");
  if (isIP(address) === 0 || (scheme !== "https" && scheme !== "http"))
    throw new AppError("caller.unknown", "The request did not come through the console's front door.");
  return { address, isSecure: scheme === "https" };
}
