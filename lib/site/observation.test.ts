import { describe, expect, test } from "vitest";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import { brief, client, day, down, judge, messagesOf, now, past, root, siteWith, up } from "#e2e/pki/site.ts";
import { createFinePace } from "#lib/pki/pace.ts";
import { compileSite } from "#lib/site/compile.ts";
import { resolveDraft } from "#lib/site/draft.ts";
import { guardAddition, guardRemoval } from "#lib/site/feature.ts";
import { judgeSave } from "#lib/site/judge.ts";
import { isObserving, observationEnd, settleObservation } from "#lib/site/observation.ts";
import { type Site, type SiteDraft, siteSchema } from "#lib/site/schema.ts";
import { admitsMore, compareTrust, writtenDemand } from "#lib/site/trust.ts";

const at = now.getTime();
const iso = (days: number) => new Date(at + days * day).toISOString();
const observed = (text = "", until = iso(10)) => ({ observedUntil: until, downstreamMtlsCredentials: text });
const flag = "feature.site-config-mtls";
const oldRoot = await createAuthority({ commonName: "Old", ...past });
const leaf = await createClient(root);

describe("the end of an observation", () => {
  const cases: [string, string | null | undefined, string | null, string | null][] = [
    ["newly ticked, whatever date the form has", iso(400), null, iso(30)],
    ["ticked again after one that is over", iso(400), iso(-1), iso(30)],
    ["one that goes on keeps its end, whatever date the form has", iso(400), iso(10), iso(10)],
    ["a form that shows it and leaves it alone", iso(10), iso(10), iso(10)],
    ["one that is over and was not touched", iso(-1), iso(-1), iso(-1)],
    ["unticked", null, iso(10), null],
    ["a form that does not show it", undefined, iso(10), iso(10)],
    ["never ticked", null, null, null],
  ];
  test.each(cases)("%s", (_name, asked, stored, expected) => expect(settleObservation(asked, stored, at)).toBe(expected));

  test("is the moment itself, and what is no time is over", () => {
    const until = observationEnd(at);
    expect(until).toBe(iso(30));
    expect([isObserving(until, Date.parse(until) - 1), isObserving(until, Date.parse(until))]).toEqual([true, false]);
    expect([isObserving(null, at), isObserving(undefined, at), isObserving("", at), isObserving("soon", at)]).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

test("a revision from before there were observations has none", () => {
  const { observedUntil: _, ...old } = siteWith(down(root.certificate));
  expect(siteSchema.parse(JSON.parse(JSON.stringify(old)))).toEqual(siteWith(down(root.certificate)));
});

describe("what an observed site may be", () => {
  const off = { isSslEnabled: false, sslCredentials: null };
  const field = "downstreamMtlsCredentials";
  const cases: [string, Partial<Site>, string[]][] = [
    ["without a CA", observed(), []],
    ["with a CA", observed(root.certificate), []],
    ["with Upstream mTLS", { ...observed(), ...up(client, root) }, []],
    ["one that is over, with a CA", observed(root.certificate, iso(-1)), []],
    ["without TLS", { ...off, ...observed() }, ["isSslEnabled mtls.needs-tls"]],
    ["without TLS, with Upstream mTLS", { ...off, ...observed(), ...up(client, root) }, ["isSslEnabled mtls.needs-tls"]],
    ["with Downstream mTLS", { ...observed(), ...down(root.certificate) }, ["observedUntil mtls.observe-or-enforce"]],
    ["with Downstream mTLS, over", { ...observed("", iso(-1)), ...down(root.certificate) }, ["observedUntil mtls.observe-or-enforce"]],
    ["with a leaf for a CA", observed(leaf.certificate), [`${field} ca.not-a-ca 1`]],
    ["with words for a CA", observed("hello"), [`${field} pem.trailing-text`]],
    ["with a private key", observed(leaf.key), [`${field} ca.private-key 1`]],
  ];
  test.each(cases)("%s", (_name, changes, expected) => expect(judge(changes)).toEqual(expected));

  test("is said in sentences that name the two boxes", () => {
    expect(messagesOf({ ...observed(), ...down(root.certificate) })).toContain("Untick one of the two.");
    expect(messagesOf({ ...off, ...observed() })).toContain("Observe clients needs SSL/TLS.");
    expect(messagesOf({ ...off, ...observed(), ...up(client, root) })).toContain("Observe clients and Upstream mTLS");
  });

  test("never demands anything, and has the CAs to look with", () => {
    const compiled = compileSite(siteWith(observed(root.certificate)), now);
    expect(compiled.ok && compiled.value).toMatchObject({
      downstream: null,
      observation: { until: at + 10 * day, anchorsPem: [root.certificate] },
    });
    const empty = compileSite(siteWith(observed()), now);
    expect(empty.ok && empty.value.observation).toMatchObject({ anchors: [], anchorsPem: [] });
    const enforced = compileSite(siteWith(down(root.certificate)), now);
    expect(enforced.ok && enforced.value.observation).toBeNull();
  });

  test("a list of CAs that are all out of date is refused in the save that brings it, and says nothing of refusals", () => {
    const problems = judgeSave(siteWith(observed(oldRoot.certificate)), siteWith(), now);
    expect(problems.ok ? [] : brief(problems.problems)).toContain("downstreamMtlsCredentials ca.all-expired");
    expect(messagesOf(observed(oldRoot.certificate))).not.toContain("refused");
  });
});

const keep = { sslCredentials: { change: "keep" }, upstreamMtlsCredentials: { change: "keep" } } as const;
const resolve = (draft: Partial<SiteDraft>, stored: Site, hasFeature = true) =>
  resolveDraft({ ...stored, ...keep, ...draft }, stored, hasFeature, now);
const endOf = (resolved: ReturnType<typeof resolve>) => (resolved.ok ? resolved.value.site.observedUntil : brief(resolved.problems));

describe("a save", () => {
  test("from Observe to Downstream mTLS keeps the CAs", () => {
    const stored = siteWith(observed(root.certificate));
    const { downstreamMtlsCredentials: _, ...draft } = { ...stored, ...keep };
    const resolved = resolveDraft({ ...draft, observedUntil: null, isDownstreamMtls: true }, stored, true, now);
    expect(resolved.ok && resolved.value.site).toEqual(siteWith(down(root.certificate)));
  });

  test("lets go of one that is over where it would stand in the way, and of none that goes on", () => {
    const over = siteWith(observed(root.certificate, iso(-1)));
    expect(endOf(resolve({ readTimeoutS: 60 }, over))).toBe(iso(-1));
    expect(endOf(resolve({ isDownstreamMtls: true }, over))).toBeNull();
    expect(endOf(resolve({ isSslEnabled: false }, over))).toBeNull();
    expect(endOf(resolve({ isDownstreamMtls: true }, siteWith(observed(root.certificate))))).toBe(iso(10));
  });
});

describe("without the feature", () => {
  const stored = siteWith(observed(root.certificate));
  const over = siteWith(observed(root.certificate, iso(-1)));
  test("what is stored stays, and a forged change is refused", () => {
    expect(endOf(resolve({ observedUntil: undefined, readTimeoutS: 60 }, stored, false))).toBe(iso(10));
    expect(endOf(resolve({ observedUntil: null }, stored, false))).toEqual([`observedUntil ${flag}`]);
    expect(endOf(resolve({ observedUntil: iso(1) }, siteWith(), false))).toEqual([`observedUntil ${flag}`]);
    expect(endOf(resolve({ observedUntil: iso(1) }, over, false))).toEqual([`observedUntil ${flag}`]);
    expect(endOf(resolve({ observedUntil: iso(400) }, stored, false)), "no date of a form ever counts").toBe(iso(10));
  });

  test("TLS stays on under one that goes on, and may go off after one that is over", () => {
    expect(endOf(resolve({ isSslEnabled: false }, stored, false))).toEqual(["isSslEnabled mtls.needs-tls"]);
    expect(endOf(resolve({ isSslEnabled: false, observedUntil: undefined }, over, false))).toBeNull();
  });

  test("an observed site may be deleted and its wildcard answered beside it: nothing is enforced there", () => {
    expect(guardRemoval(stored)).toEqual([]);
    const wildcard = { ...stored, isWildcard: true };
    expect(guardAddition({ ...siteWith(), hostName: "a.shop.test" }, [wildcard])).toEqual([]);
  });
});

describe("connections made before", () => {
  const compile = (changes: Partial<Site>) => {
    const compiled = compileSite(siteWith(changes), now);
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
    return compiled.value;
  };
  const cases: [string, Partial<Site>, Partial<Site>, string][] = [
    ["were not asked: they end", {}, observed(), "changes"],
    ["were asked for other CAs: they end", observed(), observed(root.certificate), "changes"],
    ["were made after the last one was over: they end", observed("", iso(-1)), observed("", iso(30)), "changes"],
    ["go on over a save of nothing", observed(root.certificate), observed(`# ours\n${root.certificate}`), "same"],
    ["go on when nobody is asked any more", observed(root.certificate), {}, "same"],
    ["were demanded a certificate: they end", down(root.certificate), observed(root.certificate), "changes"],
    ["end in time when a certificate is demanded from now on", observed(root.certificate), down(root.certificate), "reduces"],
  ];
  test.each(cases)("%s", (_name, before, after, expected) => expect(compareTrust(compile(before), compile(after))).toBe(expected));

  test("an observed revision never stands in for one that demands certificates", async () => {
    const written = (changes: Partial<Site>) => writtenDemand(siteWith(changes), createFinePace());
    expect(admitsMore(compile(observed(root.certificate)), await written(down(root.certificate)))).toBe(true);
    expect(admitsMore(compile(observed(root.certificate)), compile(down(root.certificate)))).toBe(true);
    expect(admitsMore(compile(down(root.certificate)), await written(observed()))).toBe(false);
  });
});
