import { expect, test } from "vitest";
import { type OriginFound, originOutcomes } from "#lib/channel/origin-test.ts";
import { explainOrigin } from "#lib/channel/origin-words.ts";
import { upstreamVerdicts } from "#lib/site/verdict.ts";

const found = (changes: Partial<OriginFound> = {}): OriginFound => ({
  destination: "10.0.0.5",
  address: "10.0.0.5",
  outcome: "failed",
  verdict: "ORIGIN_OK",
  reason: null,
  statusWith: null,
  statusWithout: null,
  tls: null,
  ...changes,
});
const words = (changes: Partial<OriginFound>) => explainOrigin(found(changes), { port: 8443 });

const everything = [
  ...originOutcomes.map((outcome) => found({ outcome })),
  ...upstreamVerdicts.map((verdict) => found({ verdict })),
  ...["dial.forbidden: own ports", "dial.forbidden: 127.0.0.1", "dial.unresolved: x", "ECONNREFUSED: x", "ENETUNREACH: x"].map((reason) =>
    found({ verdict: "ORIGIN_UNREACHABLE", reason }),
  ),
];

test.each(everything)("$outcome, $verdict, $reason has a sentence that ends", (one) => {
  const { title, text } = explainOrigin(one, { port: 8443 });
  expect(title).not.toBe("");
  expect(text).toMatch(/^$|[.!]$/);
  expect(`${title} ${text}`).not.toMatch(/undefined|null| {2}|\.\./);
});

test("says plainly that upstream mTLS protects nothing", () => {
  expect(words({ outcome: "never-asks" })).toMatchObject({ meaning: "danger", title: expect.stringContaining("protects nothing") });
  expect(words({ outcome: "accepts-without" })).toMatchObject({ meaning: "danger" });
  expect(words({ outcome: "cannot-tell" }).meaning).toBe("unknown");
});

test.each([
  ["unknown_ca", /does not know the CA/],
  ["certificate_expired", /out of date/],
  ["handshake_failure", /without saying why/],
  ["ECONNRESET: socket hang up", /closed the connection without saying why/],
  ["toString", /closed the connection without saying why/],
])("puts the alert %s into words", (reason, text) => {
  expect(words({ outcome: "asks-and-refuses", reason }).text).toMatch(text);
});

test("names what the origin's certificate is for, and where it leads", () => {
  const certificate = {
    subject: "CN=a",
    issuer: "CN=Private CA",
    commonName: "a",
    notBefore: "",
    notAfter: "",
    keyDescription: "",
    fingerprint: "",
    isCa: false,
    isSelfIssued: false,
    purposes: null,
  };
  const tls = {
    version: "TLSv1.3",
    isAsked: false,
    authorities: [],
    authorityCount: 0,
    chain: [{ ...certificate, names: ["a.test", "b.test"] }],
    serverName: "origin.test",
    isNameRight: false,
    isVerified: true,
    fault: null,
  };
  expect(words({ verdict: "ORIGIN_CERT_NAME_MISMATCH", tls })).toMatchObject({
    title: expect.stringContaining("origin.test"),
    text: expect.stringContaining("a.test, b.test"),
  });
  expect(words({ verdict: "ORIGIN_CERT_UNTRUSTED", tls }).text).toContain("CN=Private CA");
});

test("recognises a port that speaks no TLS", () => {
  expect(words({ verdict: "ORIGIN_PROTOCOL_ERROR", reason: "ERR_SSL_WRONG_VERSION_NUMBER: x" }).title).toBe(
    "Does not speak TLS on port 8443",
  );
});
