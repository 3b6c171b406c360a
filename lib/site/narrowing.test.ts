import { expect, test } from "vitest";
import { isDownstreamChanged, narrowingOf } from "#lib/site/narrowing.ts";

const [a, b] = ["AAAA", "BBBB"].map((text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`);
const on = (text = "") => ({ isDownstreamMtls: true, downstreamMtlsCredentials: text });
const off = (text = "") => ({ isDownstreamMtls: false, downstreamMtlsCredentials: text });

test.each([
  ["turning it on", off(), on(a), { kind: "turns-on" }],
  ["turning it on with CAs that were kept", off(a), on(a), { kind: "turns-on" }],
  ["removing a CA", on(`${a}${b}`), on(b), { kind: "removes-cas", count: 1 }],
  ["replacing a CA", on(a), on(b), { kind: "removes-cas", count: 1 }],
  ["adding a CA", on(a), on(`${a}${b}`), null],
  ["other line ends", on(a), on(a?.replaceAll("\n", "\r\n")), null],
  ["turning it off", on(a), off(a), null],
  ["a tenant without the feature", {}, {}, null],
])("%s", (_, before, after, expected) => {
  expect(narrowingOf(before, after)).toEqual(expected);
});

test("a comment beside the CAs changes nobody's access", () => {
  expect(isDownstreamChanged(on(a), on(`# partner\n${a}`))).toBe(false);
  expect(isDownstreamChanged(on(a), on(`${a}${b}`))).toBe(true);
  expect(isDownstreamChanged(off(), on())).toBe(true);
});
