import { expect, test } from "vitest";
import { createAuthority, createServer } from "#e2e/pki/authority.ts";
import { compareRevisions, linesOf, phrasesOf } from "#lib/site/difference.ts";
import { newSite, type Site } from "#lib/site/schema.ts";

const [first, second] = [await createAuthority({ commonName: "Partner A" }), await createAuthority({ commonName: "Partner B" })];
const server = await createServer(first, ["shop.test"]);
const base: Site = { ...newSite, hostName: "shop.test", origin: "127.0.0.1" };
const credentials = { certificates: server.certificate, publicKey: server.publicKey.toString("base64") };

test("nothing differs from itself", () => {
  expect(compareRevisions(base, { ...base })).toEqual([]);
});

test("the first revision differs from an empty form", () => {
  expect(phrasesOf(compareRevisions(null, base))).toEqual(["Host Name shop.test", "Origin 127.0.0.1"]);
});

test("a CA in another's place is told by name, dates and fingerprint, and as no PEM", () => {
  const before = { ...base, downstreamMtlsCredentials: first.certificate };
  const [difference] = compareRevisions(before, { ...before, downstreamMtlsCredentials: second.certificate });
  expect(difference).toMatchObject({
    field: "downstreamMtlsCredentials",
    phrases: ["1 CA added", "1 CA removed"],
    items: [
      { verb: "added", certificate: { commonName: "Partner B", fingerprint: second.fingerprint } },
      { verb: "removed", certificate: { commonName: "Partner A", fingerprint: first.fingerprint } },
    ],
  });
  expect(difference?.items[0]?.text).toMatch(/^certificate “Partner B”, valid \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d, SHA-256 [0-9a-f]{64}$/);
  expect(JSON.stringify(difference)).not.toContain("BEGIN");
});

test("new credentials name their certificates, and the key by its public half alone", () => {
  const [difference] = compareRevisions(base, { ...base, sslCredentials: credentials });
  expect(difference?.phrases).toEqual(["new SSL Credentials"]);
  expect(difference?.items.map(({ verb, text }) => `${verb} ${text}`)).toEqual([
    expect.stringContaining(`SHA-256 ${server.fingerprint}`),
    expect.stringMatching(/^added private key with the public half SHA-256 [0-9a-f]{64}$/),
  ]);
  const [cleared] = compareRevisions({ ...base, sslCredentials: credentials }, base);
  expect(cleared?.phrases).toEqual(["SSL Credentials cleared"]);
  expect(cleared?.items.map(({ verb }) => verb)).toEqual(["removed", "removed"]);
});

test("lists are told line by line", () => {
  const before = { ...base, trustedSources: "10.0.0.0/8, 192.0.2.1", responseHeaders: [{ name: "X-A", value: "1" }] };
  const after = { ...base, trustedSources: "10.0.0.0/8\n192.0.2.2", responseHeaders: [{ name: "X-A", value: "2" }] };
  const differences = compareRevisions(before, after);
  expect(phrasesOf(differences)).toEqual(["Trusted Sources changed", "response headers edited"]);
  expect(linesOf(differences)).toEqual(["added: 192.0.2.2", "removed: 192.0.2.1", "added: X-A: 2", "removed: X-A: 1"]);
});
