import { describe, expect, test } from "vitest";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { client, day, down, intermediate, now, root, server, siteWith, ssl, up } from "#e2e/pki/site.ts";
import { createFinePace } from "#lib/pki/pace.ts";
import { compileSite } from "#lib/site/compile.ts";
import type { Site } from "#lib/site/schema.ts";
import { admitsMore, compareTrust, writtenDemand } from "#lib/site/trust.ts";

const otherRoot = await createAuthority({ commonName: "Other" });
const otherServer = await createServer(intermediate, ["shop.test"]);
const otherClient = await createClient(root);
const both = root.certificate + otherRoot.certificate;

function compile(changes: Partial<Site>, at = now) {
  const result = compileSite(siteWith(changes), at);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.value;
}

describe("what a revision does to trust", () => {
  const cases: [string, Partial<Site>, Partial<Site>, string][] = [
    ["nothing", {}, {}, "same"],
    ["the same CAs in another order", down(both), down(otherRoot.certificate + root.certificate), "same"],
    ["a comment in the text", down(root.certificate), down(`# ours\n${root.certificate}`), "same"],
    ["CA text changed while Downstream mTLS is off", {}, { downstreamMtlsCredentials: root.certificate }, "same"],
    ["a CA added", down(root.certificate), down(both), "widens"],
    ["a CA added and the origin moved", down(root.certificate), { ...down(both), origin: "10.0.0.9" }, "changes"],
    ["a CA removed", down(both), down(root.certificate), "reduces"],
    ["a CA replaced", down(root.certificate), down(otherRoot.certificate), "reduces"],
    ["Downstream mTLS turned on", {}, down(root.certificate), "reduces"],
    ["Downstream mTLS turned off", down(root.certificate), {}, "changes"],
    ["Upstream mTLS turned on", {}, up(client, root), "reduces"],
    ["Upstream mTLS turned off", up(client, root), {}, "reduces"],
    ["another client certificate", up(client, root), up(otherClient, root), "reduces"],
    ["another origin CA", { originCaCertificates: root.certificate }, { originCaCertificates: otherRoot.certificate }, "reduces"],
    ["an origin CA instead of the public roots", {}, { originCaCertificates: root.certificate }, "reduces"],
    ["origin verification turned off", {}, { isOriginVerified: false }, "reduces"],
    ["another origin server name", {}, { originServerName: "x.test" }, "reduces"],
    ["another site certificate", {}, ssl(otherServer, intermediate), "changes"],
    ["another policy", {}, { sslPolicy: "tls-1.3" }, "changes"],
    ["another origin", {}, { origin: "10.0.0.9" }, "changes"],
    ["another limit", {}, { maxBodySizeMb: 2 }, "changes"],
    ["another response header", {}, { responseHeaders: [{ name: "X", value: "y" }] }, "changes"],
    ["TLS turned off", {}, { isSslEnabled: false }, "changes"],
  ];
  test.each(cases)("%s", (_name, before, after, expected) => expect(compareTrust(compile(before), compile(after))).toBe(expected));

  test("a warning that time brought is no change", () => {
    expect(compareTrust(compile({}), compile({}, new Date(now.getTime() + 100 * day)))).toBe("same");
  });
});

describe("whether an older revision lets in somebody whom the newer would not", () => {
  const broken = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
  const cases: [string, Partial<Site>, Partial<Site>, boolean][] = [
    ["the newer has Downstream mTLS off", {}, {}, false],
    ["the newer has it off, with a text", down(root.certificate), { downstreamMtlsCredentials: root.certificate }, false],
    ["the older has it off", {}, down(root.certificate), true],
    ["the same CAs", down(both), down(both), false],
    ["the newer adds a CA", down(root.certificate), down(both), false],
    ["the newer lacks a CA", down(both), down(root.certificate), true],
    ["the newer fails for its site certificate", down(root.certificate), { ...down(root.certificate), sslCredentials: null }, false],
    ["the newer fails for TLS off", down(root.certificate), { ...down(root.certificate), isSslEnabled: false }, false],
    ["the newer has no CA", down(root.certificate), down(""), true],
    ["the newer's text cannot be read", down(root.certificate), down("hello"), true],
    ["the newer's only CA is broken", down(root.certificate), down(broken), true],
    ["a broken block beside the same CAs", down(root.certificate), down(root.certificate + broken), false],
    ["a broken block in place of a CA", down(both), down(root.certificate + broken), true],
    ["a text beyond all bounds", down(root.certificate), down(root.certificate + "#".repeat(300_000)), true],
  ];
  test.each(cases)("%s", async (_name, before, after, expected) => {
    expect(admitsMore(compile(before), await writtenDemand(siteWith(after), createFinePace()))).toBe(expected);
  });

  test("it takes a compiled revision as well", () => {
    expect(admitsMore(compile(down(both)), compile(down(root.certificate)))).toBe(true);
    expect(admitsMore(compile(down(root.certificate)), compile(down(both)))).toBe(false);
    expect(admitsMore(compile({}), compile({}))).toBe(false);
    expect(admitsMore(compile(down(server ? root.certificate : "")), compile({}))).toBe(false);
  });
});
