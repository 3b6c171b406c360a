import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { compileSite } from "#lib/site/compile.ts";
import { newSite, type Site } from "#lib/site/schema.ts";

const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const line = key.split("\n").join(" ").trim();
const base: Site = { ...newSite, hostName: "shop.test", origin: "127.0.0.1" };

const fields: [string, Partial<Site>][] = [
  ["hostName", { hostName: line }],
  ["origin", { origin: line }],
  ["originServerName", { originServerName: line }],
  ["realIpHeader", { realIpHeader: line.slice(0, 100) }],
  ["trustedSources", { trustedSources: key, isRealIpSet: false }],
  ["trustedSources", { trustedSources: `10.0.0.0/8\n${key}`, isRealIpSet: true }],
  [
    "responseHeaders.1.value",
    {
      responseHeaders: [
        { name: "X-A", value: "b" },
        { name: "X-Key", value: line },
      ],
    },
  ],
  ["responseHeaders.0.name", { responseHeaders: [{ name: line, value: "b" }] }],
];

test.each(fields)("a private key in %s is refused there, in use or not, and nothing of it is quoted", (path, change) => {
  const compiled = compileSite({ ...base, ...change }, new Date());
  expect(compiled).toMatchObject({ ok: false, problems: [{ path, code: "key.wrong-field" }] });
  const body = key.split("\n")[1] ?? "";
  expect(JSON.stringify(compiled)).not.toContain(body.slice(0, 30));
});

test("other texts are left to the other rules", () => {
  expect(compileSite({ ...base, responseHeaders: [{ name: "X-A", value: "BEGIN" }] }, new Date()).ok).toBe(true);
});
