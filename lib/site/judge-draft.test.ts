import { expect, test } from "vitest";
import { brief, client, down, intermediate, now, root, server, siteWith, up } from "#e2e/pki/site.ts";
import { judgeDraft } from "#lib/site/judge-draft.ts";
import type { Site, SiteDraft } from "#lib/site/schema.ts";

const keep = { sslCredentials: { change: "keep" }, upstreamMtlsCredentials: { change: "keep" } } as const;
const replaced = (text: string) => ({ change: "replace", text }) as const;
const mutual = siteWith({ ...down(root.certificate), ...up(client, root) });

async function problemsOf(changes: Partial<SiteDraft>, stored: Site | null = mutual, hasFeature = true): Promise<string[]> {
  const { isDownstreamMtls, downstreamMtlsCredentials, isUpstreamMtls, ...plain } = mutual;
  const mtls = hasFeature ? { isDownstreamMtls, downstreamMtlsCredentials, isUpstreamMtls } : { upstreamMtlsCredentials: undefined };
  const judged = await judgeDraft({ ...plain, ...keep, ...mtls, ...changes }, stored, hasFeature, now);
  return judged.ok ? [] : brief(judged.problems).filter((line) => !line.endsWith("?"));
}

test("credentials that cannot be read do not hide what is wrong elsewhere", async () => {
  expect(
    await problemsOf({
      sslCredentials: replaced(server.certificate),
      upstreamMtlsCredentials: replaced(client.key),
      downstreamMtlsCredentials: client.certificate,
      origin: "",
    }),
  ).toEqual([
    "downstreamMtlsCredentials ca.not-a-ca 1",
    "origin origin.missing",
    "sslCredentials key.missing",
    "upstreamMtlsCredentials credentials.no-certificate",
  ]);
});

test("of unreadable credentials nothing else is said than why they cannot be read", async () => {
  expect(await problemsOf({ sslCredentials: replaced("nonsense") })).toEqual(["sslCredentials pem.trailing-text"]);
  expect(await problemsOf({ sslCredentials: replaced("nonsense") }, null)).toContain("sslCredentials pem.trailing-text");
  expect(await problemsOf({ sslCredentials: replaced("nonsense"), isSslEnabled: true }, null)).not.toContain(
    "sslCredentials credentials.missing",
  );
});

test("a sound draft answers the site, the keys to seal and what the sensor would serve", async () => {
  const draft = { ...mutual, ...keep, sslCredentials: replaced(intermediate.certificate + server.bundle) };
  expect(await judgeDraft(draft, mutual, true, now)).toMatchObject({
    ok: true,
    value: { site: { hostName: "shop.test" }, keys: [{ field: "sslCredentials" }], compiled: { hostName: "shop.test" } },
  });
});

test("what the feature forbids is refused before anything of mTLS is judged", async () => {
  const problems = await problemsOf({ downstreamMtlsCredentials: client.certificate }, mutual, false);
  expect(problems.length).toBeGreaterThan(0);
  expect(problems.every((line) => line.includes("feature.site-config-mtls"))).toBe(true);
});
