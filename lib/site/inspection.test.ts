import { describe, expect, test } from "vitest";
import { createAuthority, createClient, generateKeys } from "#e2e/pki/authority.ts";
import { formsFound, keyForms } from "#e2e/pki/key-forms.ts";
import { brief, client, intermediate, now, past, root, server } from "#e2e/pki/site.ts";
import { createPace } from "#lib/pki/pace.ts";
import { mostPemBlocks } from "#lib/pki/pem.ts";
import { largestPemBytes } from "#lib/pki/pem-size.ts";
import { inspectText } from "#lib/site/inspection.ts";
import type { PemField } from "#lib/site/pem-field.ts";

const stranger = await createClient(root, { commonName: "stranger" });
const old = await createAuthority({ commonName: "Old CA", ...past });
const partner = await createAuthority({ commonName: "Partner Root CA 2024" });
const many = await Promise.all(
  Array.from({ length: 150 }, (_, index) => createAuthority({ commonName: `CA ${index}`, issuer: index % 3 === 0 ? root : undefined })),
);

const inspect = (field: PemField, text: string) => inspectText(field, text, now, createPace());

describe("a certificate's card", () => {
  test("holds all that an admin compares", async () => {
    const { certificates } = await inspect("originCaCertificates", root.certificate);
    expect(certificates).toEqual([
      expect.objectContaining({
        commonName: "Root",
        isCa: true,
        isSelfIssued: true,
        keyDescription: "EC P-256",
        purposes: null,
        fingerprint: root.fingerprint,
        block: 1,
      }),
    ]);
    const [leaf] = (await inspect("sslCredentials", server.bundle)).certificates;
    expect(leaf).toMatchObject({ isCa: false, names: ["shop.test", "*.shop.test"], purposes: ["servers (serverAuth)"] });
  });
});

describe("a private key", () => {
  const cases: [string, string, { block: number; matches?: number | null }[]][] = [
    ["after its certificate", server.bundle, [{ block: 2, matches: 1 }]],
    ["before its certificate", server.key + server.certificate, [{ block: 1, matches: 2 }]],
    ["of none of the certificates", server.certificate + intermediate.certificate + client.key, [{ block: 3, matches: null }]],
    ["alone", server.key, [{ block: 1, matches: null }]],
    ["that cannot be read", `${server.certificate}-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n`, [{ block: 2 }]],
    [
      "twice",
      server.bundle + client.key,
      [
        { block: 2, matches: 1 },
        { block: 3, matches: null },
      ],
    ],
  ];
  test.each(cases)("%s", async (_name, text, keys) => {
    expect((await inspect("sslCredentials", text)).keys).toEqual(keys);
  });

  test("leaves nothing of itself in the answer, in whatever box and however broken", async () => {
    for (const field of ["sslCredentials", "upstreamMtlsCredentials", "downstreamMtlsCredentials", "originCaCertificates"] as const) {
      for (const text of [
        server.bundle,
        server.key,
        server.key.replace("-----END", "END"),
        server.key.replaceAll("\n", " "),
        server.key.slice(60),
      ]) {
        const answer = Buffer.from(JSON.stringify(await inspect(field, text)));
        expect(formsFound(answer, keyForms(server)), `${field} ${text.slice(0, 30)}`).toEqual([]);
      }
    }
  });

  test("of hundreds the first are tried, and it is said that they are too many", async () => {
    const text =
      server.certificate +
      Array.from({ length: 100 }, () => generateKeys("P-256").privateKey.export({ type: "pkcs8", format: "pem" })).join("");
    const { keys, problems } = await inspect("sslCredentials", text);
    expect([keys.length, problems.map(({ code }) => code)]).toEqual([5, ["key.several"]]);
  });
});

describe("the chain", () => {
  const cases: [string, PemField, string, string][] = [
    ["of a server, its intermediate missing", "sslCredentials", server.bundle, "Missing: “Intermediate”, which issued “shop.test”. Add it"],
    [
      "of a server, its root missing",
      "sslCredentials",
      server.bundle + intermediate.certificate,
      "Missing: “Root”, which issued “Intermediate”. That is right if",
    ],
    [
      "of a client, its issuer missing",
      "upstreamMtlsCredentials",
      client.bundle,
      "Missing: “Root”, which issued “partner-17”. That is right if the origin",
    ],
    [
      "of an intermediate that is trusted alone",
      "downstreamMtlsCredentials",
      intermediate.certificate,
      "Missing: “Root”, which issued “Intermediate”. It is not needed",
    ],
  ];
  test.each(cases)("%s", async (_name, field, text, expected) => {
    const { chains } = await inspect(field, text);
    expect(chains.map(({ end }) => end?.text ?? "whole")).toEqual([expect.stringContaining(expected)]);
  });

  test("is whole with its root, and begins with the certificate of the key wherever it stands", async () => {
    const { chains } = await inspect("sslCredentials", root.certificate + intermediate.certificate + server.bundle);
    expect(chains).toEqual([{ fingerprints: [server, intermediate, root].map(({ fingerprint }) => fingerprint), end: null }]);
  });
});

describe("what stands in the wrong box", () => {
  const cases: [string, PemField, string, string[], RegExp][] = [
    [
      "a server certificate among CAs",
      "downstreamMtlsCredentials",
      server.certificate,
      ["downstreamMtlsCredentials ca.not-a-ca 1"],
      /is a server certificate, not a CA\. The CA that issued it is “Intermediate”/,
    ],
    [
      "a private key among CAs",
      "downstreamMtlsCredentials",
      root.bundle,
      ["downstreamMtlsCredentials ca.private-key 2"],
      /This is a private key: it does not belong here.* in your clipboard/,
    ],
    [
      "a private key among the origin's CAs",
      "originCaCertificates",
      root.key,
      ["originCaCertificates ca.private-key 1"],
      /does not belong here/,
    ],
    [
      "CAs in the place of the site's certificate",
      "sslCredentials",
      root.certificate,
      ["sslCredentials key.missing"],
      /the certificate of a CA.*Downstream mTLS Credentials/,
    ],
    [
      "a client certificate in the place of the site's",
      "sslCredentials",
      client.bundle,
      ["sslCredentials certificate.wrong-purpose 1"],
      /is a client certificate.*Upstream mTLS Credentials/,
    ],
    [
      "the site's certificate in the place of the client's",
      "upstreamMtlsCredentials",
      server.bundle,
      ["upstreamMtlsCredentials client.wrong-purpose 1"],
      /is a server certificate.*SSL Credentials/,
    ],
    [
      "another certificate's key",
      "upstreamMtlsCredentials",
      client.certificate + stranger.key,
      ["upstreamMtlsCredentials key.mismatch"],
      /belongs to none/,
    ],
  ];
  test.each(cases)("%s is recognised, with the next step", async (_name, field, text, codes, message) => {
    const { problems } = await inspect(field, text);
    expect(brief(problems.filter(({ severity }) => severity === "error"))).toEqual(codes);
    expect(problems.map((problem) => problem.message).join("\n")).toMatch(message);
  });

  test("what is out of date is an error, as a save of this text would find it", async () => {
    expect(brief((await inspect("downstreamMtlsCredentials", old.certificate)).problems)).toContain(
      "downstreamMtlsCredentials ca.all-expired",
    );
  });
});

describe("whom the CAs admit", () => {
  const admission = async (text: string) => (await inspect("downstreamMtlsCredentials", text)).admission;
  const cases: [string, string, string | null][] = [
    [
      "one CA",
      partner.certificate,
      "Anyone with a valid client certificate issued under “Partner Root CA 2024” is admitted, and nobody else.",
    ],
    [
      "two CAs",
      partner.certificate + root.certificate,
      "Anyone with a valid client certificate issued under “Partner Root CA 2024” or “Root” is admitted, and nobody else.",
    ],
    [
      "an intermediate alone",
      intermediate.certificate,
      "Anyone with a valid client certificate issued under “Intermediate” is admitted, and nobody else.",
    ],
    [
      "an intermediate beside its root",
      intermediate.certificate + root.certificate,
      "Anyone with a valid client certificate issued under “Root” is admitted, and nobody else. “Intermediate” stands under a CA that is also here: to admit its clients alone, remove that one.",
    ],
    [
      "a CA that has expired beside a valid one",
      old.certificate + root.certificate,
      "Anyone with a valid client certificate issued under “Root” is admitted, and nobody else.",
    ],
    ["a text that would be refused", client.certificate + root.certificate, null],
    ["nothing", "# none\n", null],
  ];
  test.each(cases)("%s", async (_name, text, expected) => {
    expect(await admission(text)).toBe(expected);
  });

  test("of many the first are named", async () => {
    expect(
      await admission(
        many
          .slice(0, 8)
          .map((one) => one.certificate)
          .join(""),
      ),
    ).toContain("“CA 4” or 3 more is admitted");
  });
});

describe("size", () => {
  test("a text that is too large is named with its size", async () => {
    const { problems } = await inspect("downstreamMtlsCredentials", "#".repeat(largestPemBytes + 50_000));
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining("305 KB")]);
  });

  test("150 certificates are read in slices that let others in between", async () => {
    const text = many.map(({ certificate }) => certificate).join("");
    let turns = 0;
    const other = setInterval(() => turns++, 1);
    const { certificates } = await inspect("downstreamMtlsCredentials", text);
    clearInterval(other);
    expect(certificates).toHaveLength(150);
    expect(turns).toBeGreaterThan(3);
  });

  test("more blocks than a field takes are refused unread", async () => {
    const { certificates, problems } = await inspect(
      "downstreamMtlsCredentials",
      "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n".repeat(mostPemBlocks + 1),
    );
    expect([certificates, problems.map(({ code }) => code)]).toEqual([[], ["pem.too-many-blocks"]]);
  });

  test("what is newer ends the work", async () => {
    const abort = new AbortController();
    const reading = inspectText(
      "downstreamMtlsCredentials",
      many.map(({ certificate }) => certificate).join(""),
      now,
      createPace(abort.signal),
    );
    abort.abort();
    await expect(reading).rejects.toThrow("abort");
  });
});
