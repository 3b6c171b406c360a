import { expect, test } from "vitest";
import { createAuthority, createClient, createServer, Extension, type Identity } from "#e2e/pki/authority.ts";
import { type Certificate, readCertificate } from "#lib/pki/certificate.ts";
import { findIssuerPaths } from "#lib/pki/issuer-paths.ts";
import { readPath, unknownCriticalExtensions } from "#lib/pki/path-validation.ts";

const now = new Date();
const day = 86_400_000;
const root = await createAuthority({ commonName: "Root" });

function read({ x509 }: Identity): Certificate {
  const reading = readCertificate({ der: Buffer.from(x509.rawData) });
  if ("finding" in reading) throw new Error(reading.finding.message);
  return reading.certificate;
}

const result = async (...path: Identity[]) => (await readPath(path.map(read), now)).result;

test("the library finds a path valid, with any CA as its anchor", async () => {
  const issuing = await createAuthority({ commonName: "Issuing", issuer: root });
  expect(await result(await createClient(issuing), issuing, root)).toBe("valid");
  expect(await result(await createClient(issuing), issuing)).toBe("valid");
});

test("the library sees what it should", async () => {
  const dates = { notBefore: new Date(now.getTime() - 2 * day), notAfter: new Date(now.getTime() - day) };
  expect(await result(await createClient(root, dates), root)).toBe("unreliable");
  const noCa = await createClient(root, { commonName: "no CA" });
  expect(await result(await createClient(noCa), noCa, root)).toBe("unreliable");
});

test("alone it would let in who is too far below a CA, and servers: why lib/site/path-faults looks first", async () => {
  const last = await createAuthority({ commonName: "None below", issuer: root, pathLength: 0 });
  const below = await createAuthority({ commonName: "Below", issuer: last });
  expect(await result(await createClient(below), below, last, root)).toBe("valid");
  expect(await result(await createServer(root, ["shop.test"]), root)).toBe("valid");
});

test("names the critical extensions that nobody knows, and no others", async () => {
  const odd = new Extension("1.3.6.1.4.1.55555.1", true, new Uint8Array([0x05, 0x00]));
  expect(unknownCriticalExtensions(read(await createClient(root, { extensions: [odd] })))).toEqual(["1.3.6.1.4.1.55555.1"]);
  expect(unknownCriticalExtensions(read(await createClient(root)))).toEqual([]);
});

test("the way up is looked for within bounds, and a circle ends", async () => {
  const one = await createAuthority({ commonName: "One" });
  const other = await createAuthority({ commonName: "Other" });
  const crossed = [
    await createAuthority({ commonName: "One", issuer: other, keys: one.keys }),
    await createAuthority({ commonName: "Other", issuer: one, keys: other.keys }),
  ];
  const found = findIssuerPaths(read(await createClient(one)), crossed.map(read), [read(root)]);
  expect(found).toMatchObject({ paths: [], isCut: false });
  expect(found.ends.length).toBeGreaterThan(0);

  const crowd = Array.from({ length: 40 }, (_, index) =>
    createAuthority({ commonName: "Crowd", issuer: root, keys: one.keys, notAfter: new Date(now.getTime() + (index + 2) * day) }),
  );
  const [first, ...rest] = await Promise.all(crowd);
  if (first === undefined) throw new Error("nobody");
  const cut = findIssuerPaths(read(await createClient(first)), [first, ...rest].map(read), [read(root)]);
  expect(cut.isCut).toBe(true);
  expect(cut.paths.length).toBeLessThanOrEqual(8);
});
