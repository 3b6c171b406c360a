import { expect, test } from "vitest";
import type { CertificateKind } from "#lib/site/certificate-kind.ts";
import { expiryEffect } from "#lib/site/expiry-effect.ts";

test.each<[CertificateKind, string[], string]>([
  ["site", ["shop.test"], "shop.test stops being reachable for browsers."],
  ["site", ["a.test", "b.test"], "a.test and b.test stop being reachable for browsers."],
  ["site", ["a.test", "b.test", "c.test"], "3 sites stop being reachable for browsers."],
  ["client-ca", ["shop.test"], "Clients of Partner CA 2016 are refused on shop.test."],
  ["upstream", ["shop.test"], "The origin of shop.test may refuse the sensor: requests to it are answered 502."],
  [
    "origin-ca",
    ["shop.test"],
    "Origins under Partner CA 2016 cannot be verified: requests to shop.test are answered 502 unless another CA there vouches for them.",
  ],
  ["client", ["shop.test"], "Partner CA 2016 is refused on shop.test."],
  ["client", [], "Nothing: no site that Partner CA 2016 calls demands a certificate."],
])("says what breaks without a %s on %s", (kind, sites, sentence) => {
  expect(expiryEffect(kind, "Partner CA 2016", sites)).toBe(sentence);
});
