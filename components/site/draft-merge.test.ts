import { expect, test } from "vitest";
import { mergeField } from "#components/site/draft-merge.ts";
import { newSite, type SiteDraft } from "#lib/site/schema.ts";

const base: SiteDraft = { ...newSite, sslCredentials: { change: "keep" }, upstreamMtlsCredentials: { change: "keep" } };
const [a, b, c] = ["AAAA", "BBBB", "CCCC"].map((text) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----`);

function merge<Key extends keyof SiteDraft>(field: Key, [basis, typed, stored]: [SiteDraft[Key], SiteDraft[Key], SiteDraft[Key]]) {
  return mergeField(field, { ...base, [field]: basis }, { ...base, [field]: typed }, { ...base, [field]: stored });
}

test("what nobody typed follows the newer revision, what others left alone is as typed", () => {
  expect(merge("origin", ["a", "a", "b"])).toBe("b");
  expect(merge("origin", ["a", "b", "a"])).toBe("b");
});

test("where both changed one value, what was typed stands", () => {
  expect(merge("origin", ["a", "typed", "stored"])).toBe("typed");
  expect(merge("isHttp2Enabled", [false, true, true])).toBe(true);
  expect(merge("sslCredentials", [{ change: "keep" }, { change: "clear" }, { change: "keep" }])).toEqual({ change: "clear" });
});

test("a CA that each of two people added is in the list for both, and one that either removed is not", () => {
  expect(merge("downstreamMtlsCredentials", [`${a}\n`, `${a}\n${b}\n`, `# partner\n${a}\n${c}\n`])).toBe(`# partner\n${a}\n${c}\n${b}\n`);
  expect(merge("downstreamMtlsCredentials", [`${a}\n${b}\n`, `${b}\n`, `${a}\n${b}\n${c}\n`])).toBe(`${b}\n${c}\n`);
  expect(merge("originCaCertificates", [`${a}\n${b}\n`, `${a}\n`, `${b}\n`])).toBe("");
  expect(merge("originCaCertificates", ["", `${a}\n`, `${a}\r\n`])).toBe(`${a}\n`);
});

test("an observation that somebody else began meanwhile keeps its end, and one that was unticked stays so", () => {
  const [mine, theirs] = ["2026-12-24T10:00:00.000Z", "2026-12-24T09:00:00.000Z"];
  expect(merge("observedUntil", [null, mine, theirs])).toBe(theirs);
  expect(merge("observedUntil", [mine, null, theirs])).toBeNull();
});

test("text beside the blocks is never lost: then all that was typed stands", () => {
  const typed = `${a}\n-----BEGIN CERTIFICATE-----\nhalf of it`;
  expect(merge("downstreamMtlsCredentials", [`${a}\n`, typed, `${a}\n${c}\n`])).toBe(typed);
});

test("headers and sources of two people are put together", () => {
  const [x, y, z] = ["X", "Y", "Z"].map((name) => ({ name, value: "1" }));
  if (!x || !y || !z) throw new Error("no headers");
  expect(merge("responseHeaders", [[x], [x, y], [x, z]])).toEqual([x, z, y]);
  expect(merge("responseHeaders", [[x], [{ ...x, value: "2" }], [x, z]])).toEqual([z, { ...x, value: "2" }]);
  expect(merge("trustedSources", ["10.0.0.1", "10.0.0.1, 10.0.0.2", "10.0.0.3\n10.0.0.1"])).toBe("10.0.0.3, 10.0.0.1, 10.0.0.2");
});
