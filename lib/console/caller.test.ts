import { expect, test } from "vitest";
import { callerOf } from "#lib/console/caller.ts";

const from = (address: string, scheme: string) => new Headers({ "X-Forwarded-For": address, "X-Forwarded-Proto": scheme });

test("the caller is whom the front door names", () => {
  expect(callerOf(from("192.0.2.7", "https"))).toEqual({ address: "192.0.2.7", isSecure: true });
  expect(callerOf(from("2001:db8::7", "http"))).toEqual({ address: "2001:db8::7", isSecure: false });
});

test.each([
  ["no header at all", new Headers()],
  ["no scheme", new Headers({ "X-Forwarded-For": "192.0.2.7" })],
  ["a list, which the door never writes", from("192.0.2.7, 10.0.0.1", "https")],
  ["a list of schemes", from("192.0.2.7", "https,http")],
  ["a name", from("localhost", "https")],
])("nobody is the caller of a request with %s", (_, headers) => {
  expect(() => callerOf(headers)).toThrow(expect.objectContaining({ code: "caller.unknown" }));
});
