import ipaddr from "ipaddr.js";
import type { CallContext } from "#lib/console/context.ts";
import type { Result } from "#lib/site/problem.ts";
import { type Attempt, type AttemptSubject, failureLimits } from "#lib/store/sign-in-limits.ts";

type Limited = Pick<CallContext, "store" | "authenticator" | "address" | "now">;

/** Counts an attempt against an account and the address it comes from, before it is made. */
export function beginAttempt({ store, authenticator, address, now }: Limited, account: string): Promise<Result<Attempt>> {
  return store.accounts.attempts.begin([accountSubject(authenticator, account), addressSubject(authenticator, address)], now);
}

/** What an account is counted under; keyed, so that the names people try are not stored. */
export function accountSubject(authenticator: Pick<CallContext["authenticator"], "keyedHash">, email: string): AttemptSubject {
  return { subject: `account:${authenticator.keyedHash(`account ${email}`)}`, limit: failureLimits.account };
}

function addressSubject(authenticator: CallContext["authenticator"], address: string): AttemptSubject {
  return { subject: `address:${authenticator.keyedHash(`address ${networkOf(address)}`)}`, limit: failureLimits.address };
}

/** Whoever has one IPv6 address has the 2^64 beside it too. */
export function networkOf(address: string): string {
  const parsed = ipaddr.process(address);
  return parsed.kind() === "ipv6" ? parsed.toByteArray().slice(0, 8).join(".") : parsed.toString();
}
