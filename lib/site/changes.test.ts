import { describe, expect, test } from "vitest";
import { changedFields, describeChanges, isMtlsPhrase, type NotCas } from "#lib/site/changes.ts";
import { isMtlsField } from "#lib/site/feature.ts";
import { newSite, type SiteDraft } from "#lib/site/schema.ts";

const base: SiteDraft = { ...newSite, sslCredentials: { change: "keep" }, upstreamMtlsCredentials: { change: "keep" } };
const one = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const two = "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n";

const read: NotCas = { downstreamMtlsCredentials: [], originCaCertificates: [] };
const key = "-----BEGIN PRIVATE KEY-----\nCCCC\n-----END PRIVATE KEY-----\n";
const cases: { name: string; before?: Partial<SiteDraft>; after: Partial<SiteDraft>; notCas?: NotCas; says: string[] }[] = [
  { name: "nothing when nothing differs", after: {}, says: [] },
  {
    name: "a switch and a CA in the order of the form",
    after: { downstreamMtlsCredentials: one, isDownstreamMtls: true },
    says: ["Downstream mTLS on", "1 CA added"],
  },
  {
    name: "a private key pasted with a CA, which is no CA",
    after: { downstreamMtlsCredentials: `${one}${key}` },
    says: ["1 CA added"],
  },
  {
    name: "a private key alone as what it is",
    after: { downstreamMtlsCredentials: key },
    says: ["a private key in Downstream mTLS Credentials"],
  },
  {
    name: "a certificate that was read and is no CA, however often it was pasted, apart from the CA beside it",
    after: { downstreamMtlsCredentials: key + one + two + one },
    notCas: { ...read, downstreamMtlsCredentials: [2] },
    says: ["1 CA added", "1 certificate added that is no CA"],
  },
  {
    name: "a block without its end, which is counted as a block and is no certificate",
    after: { originCaCertificates: `-----BEGIN CERTIFICATE-----\nDDDD\n${one}${two}` },
    notCas: { ...read, originCaCertificates: [2, 3] },
    says: ["2 certificates added that are no CAs"],
  },
  {
    name: "what nobody has read yet as certificates",
    before: { downstreamMtlsCredentials: one },
    after: { downstreamMtlsCredentials: two },
    notCas: { ...read, downstreamMtlsCredentials: null },
    says: ["1 certificate added", "1 CA removed"],
  },
  {
    name: "a CA that takes another's place",
    before: { downstreamMtlsCredentials: one },
    after: { downstreamMtlsCredentials: two },
    says: ["1 CA added", "1 CA removed"],
  },
  {
    name: "an edit that leaves the certificates as they are",
    before: { downstreamMtlsCredentials: one },
    after: { downstreamMtlsCredentials: `# partner\r\n${one.replaceAll("\n", "\r\n")}` },
    says: ["Downstream mTLS Credentials edited"],
  },
  {
    name: "an observation by the day it ends",
    after: { observedUntil: "2026-12-24T10:00:00.000Z" },
    says: ["Observe clients on until 2026-12-24"],
  },
  {
    name: "the step from observing to enforcing in the order of the form",
    before: { observedUntil: "2026-12-24T10:00:00.000Z", downstreamMtlsCredentials: one },
    after: { observedUntil: null, isDownstreamMtls: true },
    says: ["Observe clients off", "Downstream mTLS on"],
  },
  { name: "two CAs at once", after: { originCaCertificates: one + two }, says: ["2 origin CAs added"] },
  { name: "a number with its old and new value", after: { originHttpsPort: 8443 }, says: ["HTTPS Backend Port 443 → 8443"] },
  { name: "a number being retyped", after: { readTimeoutS: Number.NaN }, says: ["Proxy Read Timeout emptied"] },
  { name: "a text that was empty", after: { origin: "10.0.0.5" }, says: ["Origin 10.0.0.5"] },
  { name: "a policy by its label", after: { sslPolicy: "tls-1.3" }, says: ["TLS 1.3 only"] },
  {
    name: "credentials without any of their text",
    after: { sslCredentials: { change: "replace", text: `${one}secret` }, upstreamMtlsCredentials: { change: "clear" } },
    says: ["new SSL Credentials", "Upstream mTLS Credentials cleared"],
  },
  {
    name: "a header in another's place",
    before: { responseHeaders: [{ name: "A", value: "b" }] },
    after: { responseHeaders: [{ name: "C", value: "b" }] },
    says: ["1 response header added", "1 response header removed"],
  },
  {
    name: "a header with another value",
    before: { responseHeaders: [{ name: "A", value: "b" }] },
    after: { responseHeaders: [{ name: "a", value: "c" }] },
    says: ["response headers edited"],
  },
  { name: "a header pair more", after: { responseHeaders: [{ name: "A", value: "b" }] }, says: ["1 response header added"] },
];

describe("describeChanges says", () => {
  for (const { name, before, after, notCas = read, says } of cases) {
    test(name, () => expect(describeChanges({ ...base, ...before }, { ...base, ...before, ...after }, notCas)).toEqual(says));
  }
});

test("fields that a draft lacks without the feature are no change", () => {
  const { isDownstreamMtls, downstreamMtlsCredentials, isUpstreamMtls, upstreamMtlsCredentials, ...without } = base;
  expect(describeChanges(without, { ...without, isHttp2Enabled: true }, read)).toEqual(["HTTP2 Enabled on"]);
});

test("phrases of mTLS settings are known from all others", () => {
  const filled: SiteDraft = {
    ...base,
    hostName: "shop.test",
    sslCredentials: { change: "replace", text: one },
    observedUntil: "2026-12-24T00:00:00.000Z",
    isDownstreamMtls: true,
    downstreamMtlsCredentials: one,
    isUpstreamMtls: true,
    upstreamMtlsCredentials: { change: "replace", text: one },
    origin: "127.0.0.1",
    originCaCertificates: one,
    isTerminateOnly: true,
    realIpHeader: "X-Real-IP",
    responseHeaders: [{ name: "A", value: "b" }],
  };
  const edited = { ...filled, downstreamMtlsCredentials: `# a\n${one}`, upstreamMtlsCredentials: { change: "clear" } as const };
  for (const [before, after] of [
    [base, filled] as const,
    [filled, base] as const,
    [filled, edited] as const,
    [{ ...base, downstreamMtlsCredentials: one + two }, base] as const,
  ]) {
    const mtls = changedFields(before, after).map(({ field, phrases }) => phrases.map((phrase) => [phrase, isMtlsField(field)]));
    for (const [phrase, isMtls] of mtls.flat()) expect([phrase, isMtlsPhrase(String(phrase))]).toEqual([phrase, isMtls]);
  }
});
