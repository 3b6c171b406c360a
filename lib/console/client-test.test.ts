import { expect, test } from "vitest";
import { createAuthority, createCertificate, createClient, type Identity } from "#e2e/pki/authority.ts";
import { testClientCertificate } from "#lib/console/client-test.ts";
import { consoleFixture } from "#lib/console/console-fixture.ts";

const root = await createAuthority({ commonName: "Root" });
const issuing = await createAuthority({ commonName: "Issuing", issuer: root });
const client = await createClient(issuing);

function textOf(...identities: Identity[]): string {
  return identities.map(({ certificate }) => certificate).join("");
}

/** The answers for a text, each as name, verdict and way; or the codes of the problems. */
async function ask(text: string, authorities = root.certificate, hasMtlsFeature = true) {
  const { context } = await consoleFixture();
  const input = { siteId: null, tenantId: context.tenant.id, authorities, client: text };
  const result = await testClientCertificate(input, { ...context, hasMtlsFeature });
  if (!result.ok) return result.problems.map(({ code }) => code);
  return result.value.map(({ certificate, verdict, chain }) => {
    return [certificate.commonName, verdict, chain.map(({ commonName }) => commonName).join(" < ")].join(": ");
  });
}

test("judges what a client would send, the intermediates in any order", async () => {
  const expected = ["partner-17: CLIENT_CERT_VERIFIED: partner-17 < Issuing < Root"];
  expect(await ask(textOf(client, issuing))).toEqual(expected);
  expect(await ask(textOf(issuing, client))).toEqual(expected);
  expect(await ask(textOf(client))).toEqual(["partner-17: CLIENT_CERT_UNTRUSTED: partner-17"]);
  expect(await ask(textOf(client), textOf(issuing))).toEqual(["partner-17: CLIENT_CERT_VERIFIED: partner-17 < Issuing"]);
});

test("judges each of several clients by itself", async () => {
  const own = await createCertificate({ commonName: "me" });
  expect(await ask(textOf(client, own, issuing))).toEqual([
    "partner-17: CLIENT_CERT_VERIFIED: partner-17 < Issuing < Root",
    "me: CLIENT_CERT_SELF_SIGNED: me",
  ]);
});

test("a CA alone is judged as the client that it would be", async () => {
  expect(await ask(textOf(issuing))).toEqual(["Issuing: CLIENT_CERT_WRONG_PURPOSE: Issuing < Root"]);
});

test("refuses a private key in every form, and works on nothing beside it", async () => {
  expect(await ask(client.bundle)).toEqual(["test.private-key"]);
  expect(await ask(`${client.certificate}# -----BEGIN PRIVATE KEY-----`)).toEqual(["test.private-key"]);
});

test("says what is missing: CAs, certificates, the feature", async () => {
  expect(await ask(textOf(client), "")).toEqual(["test.no-cas"]);
  expect(await ask(textOf(client), textOf(client))).toEqual(["test.no-cas"]);
  expect(await ask("hello")).not.toEqual([]);
  expect(await ask(textOf(client), root.certificate, false)).toEqual(["feature.site-config-mtls"]);
});

test("lets others go on while it reads two boxes full of CAs", async () => {
  const many = await Promise.all(Array.from({ length: 120 }, (_, at) => createAuthority({ commonName: `CA ${at}` })));
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  expect(await ask(textOf(client, ...many.slice(0, 60)), textOf(...many.slice(60)))).toHaveLength(1);
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
});
