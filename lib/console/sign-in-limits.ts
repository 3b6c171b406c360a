import ipaddr from "ipaddr.js";
import type { CallContext } from "#lib/console/context.ts";
import type { Result } from "#lib/site/problem.ts";
import { type Attempt, type AttemptSubject, accountSubject, failureLimits } from "#lib/store/sign-in-limits.ts";

type Limited = Pick<CallContext, "store" | "authenticator" | "address" | "now">;

/** Counts an attempt against an account and the address it comes from, before it is made. */
export function beginAttempt({ store, authenticator, address, now }: Limited, account: string): Promise<Result<Attempt>> {
  return store.accounts.attempts.begin(
    [{ subject: accountSubject(authenticator.keyedHash, account), limit: failureLimits.account }, addressSubject(authenticator, address)],
    now,
  );
}

function addressSubject(authenticator: CallContext["authenticator"], address: string): AttemptSubject {
  return { subject: `address:${authenticator.keyedHash(`address ${networkOf(address)}`)}`, limit: failureLimits.address };
}

/** Whoever has one IPv6 address has the 2^64 beside it too. */
export function networkOf(address: string): string {
  const parsed = ipaddr.process(address);
  return parsed.kind() === "ipv6" ? parsed.toByteArray().slice(0, 8).join(".") : parsed.toString();
}
