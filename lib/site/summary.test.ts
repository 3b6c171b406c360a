import { expect, test } from "vitest";
import { newSite, type SiteDraft } from "#lib/site/schema.ts";
import { summarise } from "#lib/site/summary.ts";

const draft: SiteDraft = {
  ...newSite,
  sslCredentials: { change: "keep" },
  upstreamMtlsCredentials: { change: "keep" },
  hostName: "shop.test",
  isSslEnabled: true,
  origin: "10.0.0.5",
};
const plain = { enforced: null, firstExpiry: "", observedUntil: "", notCas: [] };

test("each section says in one line what it would serve", () => {
  expect(summarise("listener", { ...draft, isWildcard: true, isHttp2Enabled: true }, plain)).toBe("shop.test · *.shop.test");
  const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  expect(
    summarise(
      "ssl-tls",
      { ...draft, isDownstreamMtls: true, downstreamMtlsCredentials: pem },
      { ...plain, firstExpiry: "first expires in 41 days" },
    ),
  ).toBe("TLS 1.2 and 1.3 · Downstream mTLS on, 1 CA · Upstream mTLS off · first expires in 41 days");
  expect(
    summarise("ssl-tls", { ...draft, isDownstreamMtls: true, downstreamMtlsCredentials: pem }, { ...plain, notCas: [1] }),
    "a certificate that is no CA is not counted as one",
  ).toContain("Downstream mTLS on, 0 CAs");
  expect(summarise("backend", { ...draft, isOriginVerified: false }, plain)).toBe("10.0.0.5 : 443 · certificate not verified");
  expect(summarise("proxy", draft, plain)).toBe("1 MB · 90 s / 30 s");
});

test("without the feature the TLS line says what is enforced, not what the form lacks", () => {
  const enforced = { isDownstream: true, downstreamCas: 2, isUpstream: true };
  expect(summarise("ssl-tls", draft, { ...plain, enforced })).toBe("TLS 1.2 and 1.3 · Downstream mTLS on, 2 CAs · Upstream mTLS on");
});

test("the TLS line says until when clients are observed", () => {
  expect(summarise("ssl-tls", draft, { ...plain, observedUntil: "2026-12-24" })).toBe(
    "TLS 1.2 and 1.3 · Downstream mTLS off · observing clients until 2026-12-24 · Upstream mTLS off",
  );
});

test("an unfinished form is summarised too", () => {
  const unfinished = { ...draft, hostName: "", origin: "", isSslEnabled: false, readTimeoutS: Number.NaN };
  expect(summarise("listener", unfinished, plain)).toBe("No host name yet");
  expect(summarise("ssl-tls", unfinished, plain)).toBe("TLS off");
  expect(summarise("backend", unfinished, plain)).toBe("No origin yet");
  expect(summarise("proxy", unfinished, plain)).toBe("1 MB · ? s / 30 s");
});
