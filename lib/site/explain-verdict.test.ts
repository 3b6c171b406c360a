import { describe, expect, test } from "vitest";
import { createAuthority, createCertificate, createClient, type Identity } from "#e2e/pki/authority.ts";
import { day, future, intermediate, now, past, root } from "#e2e/pki/site.ts";
import { type Certificate, readCertificate } from "#lib/pki/certificate.ts";
import { explainVerdict } from "#lib/site/explain-verdict.ts";
import type { Explanation, Occurrence } from "#lib/site/explanation.ts";
import { ledgerVerdicts } from "#lib/site/verdict.ts";

const client = await createClient(root);
const other = await createAuthority({ commonName: "Other Root" });

function read(identity: Identity): Certificate {
  const reading = readCertificate({ der: Buffer.from(identity.x509.rawData) });
  if (!("certificate" in reading)) throw new Error("unreadable");
  return reading.certificate;
}

/** What is said of a client of the site's CA, changed by `changes`. */
function said(changes: Partial<Omit<Occurrence, "leaf" | "chain" | "authorities">> & Presented): Explanation {
  const { leaf = client, chain = [], authorities = [root], ...rest } = changes;
  return explainVerdict({
    verdict: "CLIENT_CERT_UNTRUSTED",
    now,
    ...rest,
    leaf: leaf && read(leaf),
    chain: chain.map(read),
    authorities: authorities.map(read),
  });
}

type Presented = { leaf?: Identity | null; chain?: Identity[]; authorities?: Identity[] };

describe("every verdict", () => {
  test.each(ledgerVerdicts)("%s has a sentence, a next step and somebody to do it", (verdict) => {
    for (const leaf of [client, null])
      for (const authorities of [[root], []]) expect(isSound(said({ verdict, leaf, authorities }))).toBe(true);
  });

  test("is explained alike from the same facts", () => {
    expect(said({})).toEqual(said({}));
  });
});

describe("a certificate that no CA vouches for", () => {
  test("and that is vouched for today: the CA was added since", () => {
    expect(said({})).toMatchObject({ kind: "ca-added-since", actor: "nobody" });
    expect(said({ leaf: root, verdict: "CLIENT_CERT_UNTRUSTED" }).kind).toBe("ca-added-since");
  });

  test("through an intermediate that was sent", async () => {
    const leaf = await createClient(intermediate);
    expect(said({ leaf, chain: [intermediate] }).kind).toBe("ca-added-since");
    expect(said({ leaf })).toMatchObject({ kind: "issuer-missing", actor: "unclear" });
  });

  test("has a missing issuer named, and it is not claimed to stand under a CA of the site", async () => {
    const { sentence, nextStep } = said({ leaf: await createClient(other) });
    expect(sentence).toContain("“Other Root”, which the client did not send");
    expect(sentence).toContain("cannot be told from here");
    expect(nextStep).toContain("intermediate under “Root”");
  });

  test("whose CA has the name of the site's: whether issued anew or forged is not guessed", async () => {
    const { kind, sentence, nextStep } = said({ leaf: await createClient(await createAuthority({ commonName: "Root" })) });
    expect(kind).toBe("ca-reissued");
    expect(sentence).toContain("which cannot be told from here");
    expect(nextStep).toContain("by another way than this connection");
  });

  test("and whose issuer cannot be compared with anything", () => {
    expect(said({ authorities: [] })).toMatchObject({ kind: "no-cas", actor: "you" });
  });

  test("names three of many CAs", async () => {
    const authorities = await Promise.all(["A", "B", "C", "D", "E"].map((commonName) => createAuthority({ commonName })));
    expect(said({ leaf: null, verdict: "CLIENT_CERT_MISSING", authorities }).nextStep).toContain("from “A”, “B”, “C” or 2 more");
  });
});

describe("time", () => {
  test("is counted from now for what has expired, from the moment itself for what was early", async () => {
    const leaf = await createClient(root, { notBefore: past.notBefore, notAfter: new Date(now.getTime() - 2.5 * day) });
    const at = new Date(now.getTime() - day);
    expect(said({ leaf, at, verdict: "CLIENT_CERT_EXPIRED" }).sentence).toBe("“partner-17” expired 2 days ago.");
    const early = await createClient(root, { notBefore: new Date(at.getTime() + 3.5 * 3_600_000), notAfter: future.notAfter });
    const { kind, sentence, nextStep } = said({ leaf: early, at, verdict: "CLIENT_CERT_NOT_YET_VALID" });
    expect([kind, sentence]).toEqual(["clock", expect.stringContaining("This happened 3 hours before “partner-17” becomes valid")]);
    expect(nextStep).toContain("It is valid now");
  });

  test("that nobody's certificate is to blame for is not pinned on one", () => {
    expect(said({ verdict: "CLIENT_CERT_EXPIRED" }).sentence).toContain("Which of them cannot be told");
  });

  test("is said of an accepted one as well", async () => {
    const verdict = "CLIENT_CERT_VERIFIED";
    const until = (days: number) => createClient(root, { notBefore: past.notBefore, notAfter: new Date(now.getTime() + days * day) });
    expect(said({ verdict, leaf: await until(12.5) })).toMatchObject({
      kind: "accepted-expiring",
      sentence: expect.stringMatching(/in 12 days/),
    });
    expect(said({ verdict, leaf: await until(-1.5) })).toMatchObject({
      kind: "accepted-expired",
      sentence: expect.stringMatching(/1 day ago/),
    });
    expect(said({ verdict, leaf: await until(40) })).toMatchObject({ kind: "accepted", actor: "nobody" });
  });
});

describe("what needs no certificate", () => {
  test.each([
    ["ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", "site-certificate-refused"],
    ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN", "site-certificate-refused"],
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", "protocol-too-old"],
    ["ERR_SSL_NO_SHARED_CIPHER", "no-common-cipher"],
    ["ERR_SSL_BAD_SIGNATURE", "no-proof"],
    ["ECONNRESET", "hung-up"],
    ["ERR_TLS_HANDSHAKE_TIMEOUT", "handshake-slow"],
    ["ERR_SOMETHING_ELSE", "handshake-failed"],
  ])("a handshake that ended with %s: %s", (code, kind) => {
    expect(said({ verdict: "HANDSHAKE_FAILED", leaf: null, code }).kind).toBe(kind);
  });

  test.each([
    [400, "bad-request"],
    [403, "plain-http"],
    [404, "unknown-host"],
    [405, "connect"],
    [408, "request-slow"],
    [413, "body-too-large"],
    [417, "expectation"],
    [431, "head-too-large"],
    [501, "coding-unknown"],
    [503, "site-unusable"],
    [508, "loop"],
    [418, "request-refused"],
  ])("a request answered with %i: %s", (status, kind) => {
    const explanation = said({ verdict: "REQUEST_REFUSED", leaf: null, status });
    expect([explanation.kind, isSound(explanation)]).toEqual([kind, true]);
  });

  test.each([
    ["ORIGIN_REFUSED_CLIENT_CERT", "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: x", "origin-wants-certificate"],
    ["ORIGIN_REFUSED_CLIENT_CERT", "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: x", "origin-unknown-ca"],
    ["ORIGIN_REFUSED_CLIENT_CERT", "ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: x", "our-certificate-expired"],
    ["ORIGIN_REFUSED_CLIENT_CERT", "ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: x", "origin-refuses-us"],
    ["ORIGIN_CERT_UNTRUSTED", "DEPTH_ZERO_SELF_SIGNED_CERT: x", "origin-self-signed"],
    ["ORIGIN_CERT_UNTRUSTED", "UNABLE_TO_VERIFY_LEAF_SIGNATURE: x", "origin-issuer-missing"],
    ["ORIGIN_CERT_UNTRUSTED", "SELF_SIGNED_CERT_IN_CHAIN: x", "origin-untrusted"],
    ["ORIGIN_CERT_NAME_MISMATCH", "ERR_TLS_CERT_ALTNAME_INVALID: x", "origin-name"],
    ["ORIGIN_CERT_EXPIRED", "CERT_NOT_YET_VALID: x", "origin-not-yet-valid"],
    ["ORIGIN_CERT_EXPIRED", "CERT_HAS_EXPIRED: x", "origin-expired"],
    ["ORIGIN_UNREACHABLE", "ECONNREFUSED: connect ECONNREFUSED 127.0.0.1:1", "origin-refused"],
    ["ORIGIN_UNREACHABLE", "dial.unresolved: x", "origin-name-unknown"],
    ["ORIGIN_UNREACHABLE", "dial.forbidden: x", "origin-forbidden"],
    ["ORIGIN_TIMEOUT", "dial.timeout: x", "origin-silent"],
    ["ORIGIN_TIMEOUT", "The origin sent nothing for 90000 ms.", "origin-slow"],
    ["ORIGIN_PROTOCOL_ERROR", "ERR_SSL_WRONG_VERSION_NUMBER: x", "origin-not-tls"],
    ["ORIGIN_PROTOCOL_ERROR", "ECONNRESET: x", "origin-reset"],
  ] as const)("%s with “%s”: %s", (verdict, reason, kind) => {
    const explanation = said({ verdict, reason, leaf: null, status: 502 });
    expect([explanation.kind, isSound(explanation)]).toEqual([kind, true]);
  });
});

test("names from certificates come without unseen characters, and at most 256 of them", async () => {
  const issuer = await createAuthority({ commonName: `\u202eevil\u0007${"y".repeat(300)}` });
  const leaf = await createClient(issuer, { commonName: `a\u2066b\n${"x".repeat(300)}` });
  for (const explanation of [
    said({ leaf }),
    said({ leaf, verdict: "CLIENT_CERT_EXPIRED" }),
    said({ leaf, verdict: "CLIENT_CERT_VERIFIED" }),
  ]) {
    expect(`${explanation.sentence}${explanation.nextStep}`).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(explanation.sentence.length).toBeLessThan(1_500);
  }
});

test("a name cannot end its own quotation and go on in our words", async () => {
  const leaf = await createClient(other, { commonName: "partner” was accepted. “partner" });
  expect(said({ leaf }).sentence).toContain("“partner' was accepted. 'partner” was issued by");
});

test("a certificate's own key says nothing about a CA of its name", async () => {
  const leaf = await createCertificate({ commonName: "Root", isCa: false });
  expect(said({ leaf, verdict: "CLIENT_CERT_SELF_SIGNED" }).kind).toBe("ca-reissued");
});

test("who was only observed is said to have been let in, with what Downstream mTLS would do", async () => {
  const missing = said({ leaf: null, verdict: "CLIENT_CERT_MISSING", isLetIn: true });
  expect(missing.sentence).toBe(
    "The client sent no certificate. It was let in, because the site only observed its clients; Downstream mTLS would refuse it.",
  );
  const leaf = await createClient(other);
  expect(said({ leaf, isLetIn: true }).sentence).toMatch(/It was let in, because the site only observed its clients/);
  expect(said({ leaf, verdict: "CLIENT_CERT_VERIFIED", isLetIn: true }).sentence).not.toMatch(/observed/);
  expect(said({ leaf, verdict: "CLIENT_CERT_NOT_JUDGED", isLetIn: true }).sentence).toMatch(/no CA to judge it by/);
});

function isSound({ kind, sentence, nextStep }: Explanation): boolean {
  const isSentence = (text: string) => /^[A-Z“].{8,}\.$/su.test(text) && !/undefined|null|\bNaN\b|\s\s|\.\./.test(text);
  return /^[a-z-]+$/.test(kind) && [sentence, nextStep].every(isSentence);
}
