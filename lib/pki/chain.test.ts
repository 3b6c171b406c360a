import { describe, expect, test } from "vitest";
import { createAuthority, createServer, generateKeys, type Identity } from "#e2e/pki/authority.ts";
import { readCertificate } from "#lib/pki/certificate.ts";
import { isIssuedBy, orderChain } from "#lib/pki/chain.ts";

const root = await createAuthority({ commonName: "Root" });
const upper = await createAuthority({ commonName: "Upper", issuer: root });
const lower = await createAuthority({ commonName: "Lower", issuer: upper });
const leaf = await createServer(lower, ["a.test"]);
const stranger = await createAuthority({ commonName: "Stranger" });
const namesake = await createAuthority({ commonName: "Lower" });

describe("ordering", () => {
  test.each([
    ["already in order", [lower, upper, root], ["a.test", "Lower", "Upper", "Root"], [], null],
    ["upside down", [root, upper, lower], ["a.test", "Lower", "Upper", "Root"], [], null],
    ["without the root", [upper, lower], ["a.test", "Lower", "Upper"], [], "Upper"],
    ["with a stranger", [stranger, lower, upper], ["a.test", "Lower", "Upper"], ["Stranger"], "Upper"],
    ["with a gap", [root, upper], ["a.test"], ["Root", "Upper"], "a.test"],
    ["alone", [], ["a.test"], [], "a.test"],
    ["with a CA of the issuer's name and another key", [namesake], ["a.test"], ["Lower"], "a.test"],
  ] as const)("%s", (_name, others, chain, unused, gap) => {
    const ordered = orderChain(read(leaf), others.map(read));
    expect(ordered.chain.map((one) => one.commonName)).toEqual(chain);
    expect(ordered.unused.map((one) => one.commonName)).toEqual(unused);
    expect(ordered.gap?.after.commonName ?? null).toBe(gap);
  });

  test("a self-signed leaf needs nobody", () => {
    expect(orderChain(read(stranger), [read(root)])).toMatchObject({
      chain: [{ commonName: "Stranger" }],
      unused: [{ commonName: "Root" }],
    });
  });

  test("of an old and a renewed issuer with one key the renewed one is taken", async () => {
    const keys = generateKeys("P-256");
    const old = await createAuthority({ commonName: "CA", issuer: root, keys, notAfter: new Date(Date.now() + 1_000_000) });
    const renewed = await createAuthority({ commonName: "CA", issuer: root, keys });
    const ordered = orderChain(read(await createServer(old, ["b.test"])), [read(old), read(renewed)]);
    expect(ordered.chain.map((one) => one.fingerprint)).toContain(renewed.fingerprint);
    expect(ordered.unused.map((one) => one.fingerprint)).toEqual([old.fingerprint]);
  });

  test("two CAs that issued each other do not go round in circles", async () => {
    const keys = { a: generateKeys("P-256"), b: generateKeys("P-256") };
    const a = await createAuthority({ commonName: "A", keys: keys.a });
    const b = await createAuthority({ commonName: "B", keys: keys.b, issuer: a });
    const crossed = await createAuthority({ commonName: "A", keys: keys.a, issuer: b });
    const ordered = orderChain(read(await createServer(b, ["c.test"])), [read(b), read(crossed)]);
    expect(ordered.chain.map((one) => one.commonName)).toEqual(["c.test", "B", "A"]);
  });
});

test("issued means signed, not merely named", () => {
  expect(isIssuedBy(read(leaf), read(lower))).toBe(true);
  expect(isIssuedBy(read(leaf), read(namesake))).toBe(false);
});

function read(identity: Identity) {
  const reading = readCertificate({ der: Buffer.from(identity.x509.rawData) });
  if ("finding" in reading) throw new Error(reading.finding.message);
  return reading.certificate;
}
