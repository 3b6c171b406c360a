import { describe, expect, test } from "vitest";
import { createClient, generateKeys } from "#e2e/pki/authority.ts";
import { brief, client, down, intermediate, now, root, server, siteWith, ssl, stored, up } from "#e2e/pki/site.ts";
import { resolveDraft } from "#lib/site/draft.ts";
import { guardRemoval } from "#lib/site/feature.ts";
import type { Site, SiteDraft } from "#lib/site/schema.ts";

const mutual = siteWith({ ...down(root.certificate), ...up(client, root) });
const keepAll = { sslCredentials: { change: "keep" }, upstreamMtlsCredentials: { change: "keep" } } as const;
const replaceSsl = (text: string) => ({ sslCredentials: { change: "replace", text } }) as const;
const replaceUpstream = (text: string) => ({ upstreamMtlsCredentials: { change: "replace", text } }) as const;

/** What the form of a tenant with the feature submits when nothing was touched. */
const draftOf = (site: Site, changes: Partial<SiteDraft> = {}): SiteDraft => ({ ...site, ...keepAll, ...changes });

/** What the form of a tenant without the feature submits: the mTLS fields are absent. */
function plainDraftOf(site: Site, changes: Partial<SiteDraft> = {}): SiteDraft {
  const {
    observedUntil: _,
    isDownstreamMtls: _a,
    downstreamMtlsCredentials: _b,
    isUpstreamMtls: _c,
    upstreamMtlsCredentials: _d,
    ...rest
  } = site;
  return { ...rest, sslCredentials: { change: "keep" }, ...changes };
}

function resolve(draft: SiteDraft, before: Site | null, hasFeature = true) {
  const result = resolveDraft(draft, before, hasFeature, now);
  if (!result.ok) throw new Error(brief(result.problems).join("\n"));
  return result.value;
}

function problemsOf(draft: SiteDraft, before: Site | null, hasFeature = true): string[] {
  const result = resolveDraft(draft, before, hasFeature, now);
  return result.ok ? [] : brief(result.problems);
}

describe("credentials", () => {
  test("kept: nothing changes and no key is sealed", () => {
    expect(resolve(draftOf(mutual), mutual)).toEqual({ site: mutual, keys: [] });
  });

  test("cleared: nothing is stored any more", () => {
    const { site, keys } = resolve(
      draftOf(mutual, { sslCredentials: { change: "clear" }, upstreamMtlsCredentials: { change: "clear" } }),
      mutual,
    );
    expect([site.sslCredentials, site.upstreamMtlsCredentials, keys]).toEqual([null, null, []]);
  });

  test("replaced: the key leaves the site, the certificates stay in the order of the text", () => {
    const text = `# new\n${intermediate.certificate}${server.key}${server.certificate}`;
    const { site, keys } = resolve(draftOf(siteWith({ sslCredentials: null }), replaceSsl(text)), null);
    expect(site.sslCredentials).toEqual({
      certificates: intermediate.certificate + server.certificate,
      publicKey: server.publicKey.toString("base64"),
    });
    expect(keys).toEqual([
      {
        field: "sslCredentials",
        pkcs8: server.keys.privateKey.export({ type: "pkcs8", format: "der" }),
        publicKey: server.publicKey,
        certificateBlocks: [1, 3],
      },
    ]);
    expect(JSON.stringify(site)).not.toContain("PRIVATE");
  });

  test("both kinds at once give both keys", () => {
    const draft = draftOf(mutual, { ...replaceSsl(server.bundle), ...replaceUpstream(client.bundle) });
    expect(resolve(draft, mutual).keys.map((key) => key.field)).toEqual(["sslCredentials", "upstreamMtlsCredentials"]);
  });

  test("replaced by nothing: an error where they are in use, else what is stored stays", () => {
    expect(problemsOf(draftOf(mutual, replaceSsl(" \n")), mutual)).toEqual(["sslCredentials credentials.empty"]);
    const off = siteWith({ upstreamMtlsCredentials: stored(client) });
    expect(resolve(draftOf(off, replaceUpstream("")), off).site.upstreamMtlsCredentials).toEqual(stored(client));
    const fresh = siteWith({ isUpstreamMtls: true });
    expect(resolve(draftOf(fresh, replaceUpstream("")), null).site.upstreamMtlsCredentials).toBeNull();
  });

  const encrypted = server.keys.privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString();
  const second = generateKeys("P-256").privateKey.export({ type: "sec1", format: "pem" }).toString();
  test.each([
    ["no key", server.certificate, ["sslCredentials key.missing"]],
    ["no certificate", server.key, ["sslCredentials credentials.no-certificate"]],
    ["two keys", server.bundle + second, ["sslCredentials key.several 3"]],
    ["an encrypted key", server.certificate + encrypted, ["sslCredentials key.encrypted 2"]],
    ["a broken block", server.key + server.certificate.replace(/\n(.{20})./, "\n$1%"), ["sslCredentials pem.broken-base64 2"]],
    [
      "a request beside them",
      `${server.bundle}-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----`,
      ["sslCredentials pem.request 3"],
    ],
    ["text that is no PEM", "hello", ["sslCredentials pem.trailing-text"]],
    ["a key without its first line", server.certificate + server.key.slice(28), ["sslCredentials pem.missing-begin 2"]],
  ])("refused with %s, also while TLS is off: what cannot be taken apart is not stored", (_name, text, expected) => {
    expect(problemsOf(draftOf(siteWith({ isSslEnabled: false }), replaceSsl(text)), null)).toEqual(expected);
  });

  test("one key pasted twice is one key", () => {
    expect(resolve(draftOf(siteWith(), replaceSsl(server.bundle + server.key)), null).keys.length).toBe(1);
  });
});

describe("the host name", () => {
  test("is stored in lower case without spaces around it", () => {
    expect(resolve(draftOf(siteWith(), { hostName: " Shop.Test " }), null).site.hostName).toBe("shop.test");
  });

  test("is fixed after creation", () => {
    expect(problemsOf(draftOf(siteWith(), { hostName: "other.test" }), siteWith())).toEqual(["hostName host-name.fixed"]);
    expect(resolve(draftOf(siteWith(), { hostName: "SHOP.test" }), siteWith()).site.hostName).toBe("shop.test");
  });
});

describe("with the feature", () => {
  test("a draft without mTLS fields leaves the stored ones as they are", () => {
    expect(resolve(plainDraftOf(mutual, { origin: "10.0.0.9" }), mutual).site).toEqual({ ...mutual, origin: "10.0.0.9" });
  });

  test("mTLS can be changed and switched off, its credentials stay", () => {
    const { site } = resolve(draftOf(mutual, { isDownstreamMtls: false, isUpstreamMtls: false }), mutual);
    expect(site).toEqual({ ...mutual, isDownstreamMtls: false, isUpstreamMtls: false });
  });
});

describe("without the feature", () => {
  const flag = "feature.site-config-mtls";
  test("a save of something else leaves the stored mTLS as it is", () => {
    expect(resolve(plainDraftOf(mutual, { origin: "10.0.0.9" }), mutual, false).site).toEqual({ ...mutual, origin: "10.0.0.9" });
    const fresh = siteWith({ isSslEnabled: false, sslCredentials: null });
    expect(resolve(plainDraftOf(fresh), null, false).site).toEqual(fresh);
  });

  test("mTLS fields that repeat what is stored do no harm", () => {
    expect(resolve(draftOf(mutual), mutual, false).site).toEqual(mutual);
  });

  test("new SSL credentials may be given, with mTLS on as well", () => {
    expect(resolve(plainDraftOf(mutual, replaceSsl(server.bundle)), mutual, false).keys.length).toBe(1);
  });

  const refused: [string, SiteDraft, Site | null, string[]][] = [
    ["TLS off over stored mTLS", plainDraftOf(mutual, { isSslEnabled: false }), mutual, ["isSslEnabled mtls.needs-tls"]],
    ["Terminate Only over stored Upstream mTLS", plainDraftOf(mutual, { isTerminateOnly: true }), mutual, [`isTerminateOnly ${flag}`]],
    ["Downstream mTLS switched off", draftOf(mutual, { isDownstreamMtls: false }), mutual, [`isDownstreamMtls ${flag}`]],
    ["Upstream mTLS switched off", draftOf(mutual, { isUpstreamMtls: false }), mutual, [`isUpstreamMtls ${flag}`]],
    [
      "Downstream mTLS switched on",
      draftOf(siteWith(), down(root.certificate)),
      siteWith(),
      [`downstreamMtlsCredentials ${flag}`, `isDownstreamMtls ${flag}`],
    ],
    [
      "a CA added",
      draftOf(mutual, { downstreamMtlsCredentials: root.certificate + intermediate.certificate }),
      mutual,
      [`downstreamMtlsCredentials ${flag}`],
    ],
    ["client credentials replaced", draftOf(mutual, replaceUpstream(server.bundle)), mutual, [`upstreamMtlsCredentials ${flag}`]],
    ["client credentials replaced by garbage", draftOf(mutual, replaceUpstream("hello")), mutual, [`upstreamMtlsCredentials ${flag}`]],
    [
      "client credentials cleared",
      draftOf(mutual, { upstreamMtlsCredentials: { change: "clear" } }),
      mutual,
      [`upstreamMtlsCredentials ${flag}`],
    ],
    [
      "mTLS on a new site",
      draftOf(siteWith(), { isUpstreamMtls: true, ...replaceUpstream(client.bundle) }),
      null,
      [`isUpstreamMtls ${flag}`, `upstreamMtlsCredentials ${flag}`],
    ],
  ];
  test.each(refused)("refuses %s, and names the feature", (_name, draft, before, expected) => {
    expect(problemsOf(draft, before, false)).toEqual(expected);
    const result = resolveDraft(draft, before, false, now);
    expect(result.ok || result.problems.every((problem) => problem.message.includes("site-config-mtls"))).toBe(true);
  });

  test("a site whose mTLS is on cannot be deleted, another one can", () => {
    expect(guardRemoval(mutual)).toEqual([expect.objectContaining({ code: flag, message: expect.stringContaining("site-config-mtls") })]);
    expect(guardRemoval(siteWith({ downstreamMtlsCredentials: root.certificate }))).toEqual([]);
  });

  test("turning TLS off is free where no mTLS is on", () => {
    expect(problemsOf(plainDraftOf(siteWith(), { isSslEnabled: false }), siteWith(), false)).toEqual([]);
  });
});

test("a draft never brings a key into the stored site, whatever box it is pasted into", async () => {
  const other = await createClient(root);
  const draft = draftOf(siteWith(ssl(server)), { ...replaceSsl(server.bundle), ...replaceUpstream(other.bundle) });
  expect(JSON.stringify(resolve(draft, null).site)).not.toContain("PRIVATE KEY");
});
