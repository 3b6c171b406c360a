import { describe, expect, test } from "vitest";
import { createAuthority, createCertificate, generateKeys, KeyUsageFlags, serverAuth } from "#e2e/pki/authority.ts";
import { anyPurpose, client, down, future, intermediate, judge, now, past, root, siteWith } from "#e2e/pki/site.ts";
import { compileSite } from "#lib/site/compile.ts";
import type { Site } from "#lib/site/schema.ts";

const rsa1024 = generateKeys("RSA-1024");
const weakAuthority = await createAuthority({ commonName: "Weak", keys: rsa1024 });
const oldAuthority = await createAuthority({ commonName: "Old CA", ...past });
const comingAuthority = await createAuthority({ commonName: "Coming CA", ...future });
const stranger = await createAuthority({ commonName: "Stranger" });
const names = ["shop.test"];
const selfSigned = await createCertificate({ commonName: "self", names, extendedKeyUsage: [serverAuth] });
const field = "downstreamMtlsCredentials";
const cases: [string, Partial<Site>, string[]][] = [
  ["empty", down(""), [`${field} mtls.no-trust`]],
  ["white space", down(" \n "), [`${field} mtls.no-trust`]],
  ["a comment alone", down("# nothing yet"), [`${field} mtls.no-trust`]],
  ["no PEM", down("hello"), [`${field} pem.trailing-text`]],
  ["a private key alone", down(client.key), [`${field} ca.private-key 1`]],
  ["a private key beside a CA", down(root.certificate + root.key), [`${field} ca.private-key 2`]],
  ["an encrypted key", down(root.certificate + root.key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE")), [`${field} ca.private-key 2`]],
  [
    "a private key cut short",
    down(root.certificate + root.key.replace(/-----END.*/, "")),
    [`${field} ca.private-key`, `${field} pem.truncated 2`],
  ],
  [
    "a private key in a comment",
    down(root.certificate + root.key.replaceAll(/^/gm, "#")),
    [`${field} ca.private-key`, `${field} pem.commented-key`, `${field} pem.commented-key`],
  ],
  ["a leaf", down(client.certificate), [`${field} ca.not-a-ca 1`]],
  ["a leaf beside its CA", down(root.certificate + client.certificate), [`${field} ca.not-a-ca 2`]],
  ["a self-signed leaf", down(selfSigned.certificate), [`${field} ca.not-a-ca 1`]],
  [
    "a certificate without basic constraints",
    down((await createCertificate({ withoutBasicConstraints: true })).certificate),
    [`${field} ca.not-a-ca 1`],
  ],
  [
    "a CA that may not sign",
    down((await createAuthority({ keyUsage: KeyUsageFlags.cRLSign })).certificate),
    [`${field} ca.no-cert-sign 1`],
  ],
  [
    "a CA for servers alone",
    down((await createAuthority({ extendedKeyUsage: [serverAuth] })).certificate),
    [`${field} ca.wrong-purpose 1`],
  ],
  [
    "a CA for any purpose, which OpenSSL refuses",
    down((await createAuthority({ extendedKeyUsage: [anyPurpose] })).certificate),
    [`${field} ca.wrong-purpose 1`],
  ],
  ["a CA with RSA-1024", down(weakAuthority.certificate), [`${field} ca.weak-key 1`]],
  ["an expired CA beside a valid one", down(oldAuthority.certificate + root.certificate), [`${field} ca.expired 1?`]],
  ["a coming CA beside a valid one", down(root.certificate + comingAuthority.certificate), [`${field} ca.not-yet-valid 2?`]],
  [
    "no CA in date",
    down(oldAuthority.certificate + comingAuthority.certificate),
    [`${field} ca.all-expired?`, `${field} ca.expired 1?`, `${field} ca.not-yet-valid 2?`],
  ],
  ["one CA twice", down(root.certificate + root.certificate), [`${field} pem.duplicate 2?`]],
  ["a DER file", down(new TextDecoder().decode(root.x509.rawData)), [`${field} pem.der`]],
  [
    "a broken block beside a CA",
    down(`${root.certificate}-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----`),
    [`${field} pem.broken-base64 2`],
  ],
  ["off: a leaf", { downstreamMtlsCredentials: client.certificate }, [`${field} ca.not-a-ca 1?`]],
  ["off: no PEM", { downstreamMtlsCredentials: "hello" }, [`${field} pem.trailing-text?`]],
  ["off: a private key", { downstreamMtlsCredentials: client.key }, [`${field} ca.private-key 1`]],
  [
    "off: base64 that may be a key",
    { downstreamMtlsCredentials: client.key.split("\n").slice(1, -2).join("\n") },
    [`${field} pem.no-armour`],
  ],
  [
    "off: a private key called a certificate",
    { downstreamMtlsCredentials: client.key.replaceAll("PRIVATE KEY", "CERTIFICATE") },
    [`${field} certificate.private-key 1`],
  ],
  [
    "off: a private key called the name of a curve",
    { downstreamMtlsCredentials: client.key.replaceAll("PRIVATE KEY", "EC PARAMETERS") },
    [`${field} pem.curve-parameters 1`],
  ],
  [
    "off: the same with an END that Node takes for one",
    { downstreamMtlsCredentials: `${client.key.replaceAll("PRIVATE KEY", "EC PARAMETERS").trim()}\u0080` },
    [`${field} pem.truncated 1`],
  ],
  ["off: too large", { downstreamMtlsCredentials: "#".repeat(300_000) }, [`${field} pem.too-large`]],
];

describe("Downstream mTLS Credentials", () => {
  test.each(cases)("%s", (_name, changes, expected) => expect(judge(changes)).toEqual(expected));

  test("a leaf is told which issuer belongs there instead, a key that it is exposed", () => {
    const messages = [client.certificate, client.key].map((text) => {
      const result = compileSite(siteWith(down(text)), now);
      return result.ok ? "" : result.problems[0]?.message;
    });
    expect(messages[0]).toBe(
      "“partner-17” is a client certificate, not a CA. The CA that issued it is “Root”: paste that CA’s certificate instead.",
    );
    expect(messages[1]).toContain("consider it exposed");
  });

  test("a leaf beside the CA that issued it is to be removed, and another CA of that name is not taken for it", async () => {
    const said = (text: string) => {
      const result = compileSite(siteWith(down(text)), now);
      return result.ok ? [] : result.problems.map(({ message }) => message);
    };
    const issued = "“partner-17” is a client certificate, not a CA. The CA that issued it is “Root”";
    expect(said(client.certificate + root.certificate)).toEqual([`${issued}, which is here already: remove this certificate alone.`]);
    const namesake = await createAuthority({ commonName: "Root" });
    expect(said(client.certificate + namesake.certificate)).toEqual([`${issued}: paste that CA’s certificate instead.`]);
  });

  test("every CA in the text is an anchor, an intermediate without its root too", () => {
    const result = compileSite(siteWith(down(intermediate.certificate + stranger.certificate)), now);
    expect(result.ok && result.value.downstream?.anchorsPem).toEqual([intermediate.certificate, stranger.certificate]);
  });
});
