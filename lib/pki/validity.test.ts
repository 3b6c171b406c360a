import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import { withUnreadableDate } from "#e2e/pki/unreadable-date.ts";
import { validityOf } from "#lib/pki/validity.ts";

test("a date that OpenSSL cannot read is none, whatever lies in memory", async () => {
  const authority = await createAuthority();
  const client = await createClient(authority);
  const undated = new X509Certificate(withUnreadableDate(client, authority).certificate);
  for (let depth = 0; depth < 200; depth += 1) expect(nest(depth, () => validityOf(undated).notBefore.getTime())).toBeNaN();
  expect(validityOf(undated).notAfter).toEqual(new X509Certificate(client.certificate).validToDate);
});

test.for(["1950-01-01T00:00:00Z", "2026-11-24T12:00:00Z", "9999-12-31T23:59:59Z"])("a readable date is itself: %s", async (iso) => {
  const { certificate } = await createAuthority({ notBefore: new Date(iso), notAfter: new Date("9999-12-31T23:59:59Z") });
  expect(validityOf(new X509Certificate(certificate)).notBefore).toEqual(new Date(iso));
});

/** Calls from a deeper place, so that the stack beneath holds other bytes each time. */
function nest(depth: number, call: () => number): number {
  return depth === 0 ? call() : nest(depth - 1, call);
}
