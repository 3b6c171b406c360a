import { cookies, headers } from "next/headers";
import { callerOf } from "#lib/console/caller.ts";
import type { Cookie, Visitor } from "#lib/store/authenticator.ts";

// Over HTTPS the name itself keeps other hosts and plain HTTP from setting our cookies (RFC 6265bis, section 4.1.3.2).
const securePrefix = "__Host-";

/** Who is asking, as far as the request says: the address is the front door's word, whatever the client claimed. */
export async function readVisitor(): Promise<Visitor> {
  const given = await headers();
  const { address, isSecure } = callerOf(given);
  return { cookie: ownCookies(given.get("cookie") ?? "", isSecure), address, userAgent: given.get("user-agent"), isSecure };
}

/** Sends cookies with the answer: out of reach of scripts, and sent back only from the console's own pages. */
export async function sendCookies(list: readonly Cookie[], { isSecure }: Visitor): Promise<void> {
  const jar = await cookies();
  for (const { name, value, maxAgeS } of list) {
    const ownName = isSecure ? securePrefix + name : name;
    jar.set({ name: ownName, value, maxAge: maxAgeS, secure: isSecure, httpOnly: true, sameSite: "lax", path: "/" });
  }
}

/** The cookies under the names that they were made with; over HTTPS those without the prefix are nobody's. */
export function ownCookies(header: string, isSecure: boolean): string {
  const given = header.split("; ");
  if (!isSecure) return given.filter((cookie) => !cookie.startsWith(securePrefix)).join("; ");
  return given.flatMap((cookie) => (cookie.startsWith(securePrefix) ? [cookie.slice(securePrefix.length)] : [])).join("; ");
}
