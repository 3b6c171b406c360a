import { expect, test } from "vitest";
import { createAuthority } from "#e2e/pki/authority.ts";
import { client, down, intermediate, now, root, siteWith, up } from "#e2e/pki/site.ts";
import { nameOf } from "#lib/pki/certificate.ts";
import { certificateUses } from "#lib/site/certificate-uses.ts";
import { compileSite } from "#lib/site/compile.ts";
import type { Site } from "#lib/site/schema.ts";

const originCa = await createAuthority({ commonName: "Origin CA" });
const everything = {
  ...down(root.certificate + intermediate.certificate),
  ...up(client),
  originCaCertificates: originCa.certificate,
};

test.each<[what: string, changes: Partial<Site>, uses: string[]]>([
  ["the site's certificate and its chain", {}, ["site shop.test", "site Intermediate"]],
  [
    "every box that is in use",
    everything,
    ["site shop.test", "site Intermediate", "client-ca Root", "client-ca Intermediate", "upstream partner-17", "origin-ca Origin CA"],
  ],
  [
    "no CA of an origin that nobody verifies",
    { ...everything, isOriginVerified: false, isUpstreamMtls: false, isDownstreamMtls: false },
    ["site shop.test", "site Intermediate"],
  ],
  [
    "no CA of an origin that is spoken to in clear text",
    { originCaCertificates: originCa.certificate, isTerminateOnly: true },
    ["site shop.test", "site Intermediate"],
  ],
  ["nothing where TLS is off, whatever is stored", { isSslEnabled: false, originCaCertificates: originCa.certificate }, []],
])("what matters is %s", (_, changes, uses) => {
  const compiled = compileSite(siteWith(changes), now);
  expect(compiled.ok && certificateUses(compiled.value).map(({ use, certificate }) => `${use} ${nameOf(certificate)}`)).toEqual(uses);
});
