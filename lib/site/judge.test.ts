import { describe, expect, test } from "vitest";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { brief, client, day, down, future, intermediate, now, past, root, server, siteWith, ssl, stored, up } from "#e2e/pki/site.ts";
import { resolveDraft } from "#lib/site/draft.ts";
import { judgeSave } from "#lib/site/judge.ts";
import type { Site } from "#lib/site/schema.ts";

const oldServer = ssl(await createServer(intermediate, ["shop.test"], past), intermediate);
const comingServer = ssl(await createServer(intermediate, ["shop.test"], future), intermediate);
const oldIntermediate = await createAuthority({ commonName: "Old Intermediate", issuer: root, ...past });
const underOld = ssl(await createServer(oldIntermediate, ["shop.test"]), oldIntermediate);
const oldClient = up(await createClient(root, past), root);
const oldAuthority = await createAuthority({ commonName: "Old", ...past });
const oldTrust = down(oldAuthority.certificate);
const mixedTrust = down(oldAuthority.certificate + root.certificate);
const oldOriginTrust = { originCaCertificates: oldAuthority.certificate };

function judge(site: Site, stored: Site | null): string[] {
  const result = judgeSave(site, stored, now);
  expect(result.ok).toBe(brief(result.ok ? result.value.warnings : result.problems).every((line) => line.endsWith("?")));
  return brief(result.ok ? result.value.warnings : result.problems);
}

const cases: [string, Partial<Site>, string][] = [
  ["an expired site certificate", oldServer, "sslCredentials certificate.expired 1"],
  ["a site certificate of tomorrow", comingServer, "sslCredentials certificate.not-yet-valid 1"],
  ["an expired intermediate", underOld, "sslCredentials chain.expired 2"],
  ["an expired client certificate", oldClient, "upstreamMtlsCredentials certificate.expired 1"],
  ["no CA for clients in date", oldTrust, "downstreamMtlsCredentials ca.all-expired"],
  ["no CA for the origin in date", oldOriginTrust, "originCaCertificates ca.all-expired"],
];

describe("time", () => {
  test.each(cases)("%s is an error in a field that changes", (_name, changes, problem) => {
    expect(judge(siteWith(changes), null)).toContain(problem);
    expect(judge(siteWith(changes), siteWith())).toContain(problem);
  });

  test.each(cases)("%s is a warning in a field that stays as it was", (_name, changes, problem) => {
    const before = siteWith(changes);
    expect(judge({ ...before, origin: "10.0.0.9" }, before)).toContain(`${problem}?`);
  });

  test("one expired CA beside a valid one is a warning, also when it is new", () => {
    expect(judge(siteWith(mixedTrust), null)).toEqual(["downstreamMtlsCredentials ca.expired 1?"]);
  });

  test("what the clock says against a field that has no effect does not stand in the way", () => {
    expect(judge(siteWith({ isSslEnabled: false, ...oldServer }), null)).toEqual(["sslCredentials certificate.expired 1?"]);
    expect(judge(siteWith({ ...oldTrust, isDownstreamMtls: false }), null).every((line) => line.endsWith("?"))).toBe(true);
    expect(judge(siteWith({ ...oldOriginTrust, isTerminateOnly: true }), null).every((line) => line.endsWith("?"))).toBe(true);
  });

  test("other line ends are no change, another certificate is", () => {
    const before = siteWith(oldTrust);
    const windows = before.downstreamMtlsCredentials.replaceAll("\n", "\r\n");
    expect(judge({ ...before, downstreamMtlsCredentials: ` ${windows}\r\n` }, before)).toContain(
      "downstreamMtlsCredentials ca.all-expired?",
    );
  });

  test("a site that was saved in time keeps compiling for years", () => {
    const result = judgeSave(
      siteWith({ ...down(root.certificate), ...up(client, root) }),
      siteWith({ ...down(root.certificate), ...up(client, root) }),
      new Date(now.getTime() + 3_650 * day),
    );
    expect(result.ok).toBe(true);
  });
});

describe("everything else", () => {
  test("is judged as for the sensor", () => {
    expect(judge(siteWith(), null)).toEqual([]);
    expect(judge(siteWith({ isDownstreamMtls: true }), siteWith())).toEqual(["downstreamMtlsCredentials mtls.no-trust"]);
  });

  test("with the draft's keys a block has the number that it has in the pasted text", () => {
    const text = server.key + server.certificate + root.certificate;
    const resolved = resolveDraft(
      { ...siteWith(), sslCredentials: { change: "replace", text }, upstreamMtlsCredentials: { change: "keep" } },
      null,
      true,
      now,
    );
    if (!resolved.ok) throw new Error("unresolved");
    const { site, keys } = resolved.value;
    expect(brief(problemsOf(judgeSave(site, null, now, keys)))).toEqual([
      "sslCredentials chain.incomplete 2?",
      "sslCredentials chain.unused 3?",
    ]);
    expect(brief(problemsOf(judgeSave({ ...site, isWildcard: true, hostName: "x.test" }, null, now, keys)))).toContain(
      "sslCredentials certificate.name-mismatch 2",
    );
    expect(site.sslCredentials).not.toEqual(stored(server));
  });
});

function problemsOf(result: ReturnType<typeof judgeSave>) {
  return result.ok ? result.value.warnings : result.problems;
}
