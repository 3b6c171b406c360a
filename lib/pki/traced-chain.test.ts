import { expect, test } from "vitest";
import { createAuthority, createClient, type Identity } from "#e2e/pki/authority.ts";
import { type Certificate, nameOf, readCertificate } from "#lib/pki/certificate.ts";
import { createPace } from "#lib/pki/pace.ts";
import { traceChains } from "#lib/pki/traced-chain.ts";

const root = await createAuthority({ commonName: "Root" });
const intermediate = await createAuthority({ commonName: "Intermediate", issuer: root });
const leaf = await createClient(intermediate, { commonName: "Leaf" });
const sibling = await createClient(intermediate, { commonName: "Sibling" });
const forged = await createClient({ ...(await createAuthority({ commonName: "Other" })), x509: root.x509 }, { commonName: "Forged" });
const left = await createAuthority({ commonName: "Left" });
const right = await createAuthority({ commonName: "Right" });
const leftByRight = await createAuthority({ commonName: "Left", keys: left.keys, issuer: right });
const rightByLeft = await createAuthority({ commonName: "Right", keys: right.keys, issuer: left });

function read({ certificate }: Identity): Certificate {
  const reading = readCertificate({ der: Buffer.from(certificate.replace(/-----[^-]+-----|\s/g, ""), "base64") });
  if ("finding" in reading) throw new Error(reading.finding.message);
  return reading.certificate;
}

async function trace(identities: Identity[], first?: Identity): Promise<string[]> {
  const certificates = identities.map(read);
  const start = first && certificates[identities.indexOf(first)];
  const chains = await traceChains(certificates, createPace(), start);
  return chains.map(({ certificates: chain, end }) =>
    [...chain.map(nameOf), typeof end === "string" ? end : `joins ${nameOf(end.joins)}`].join(" > "),
  );
}

const cases: [string, Identity[], string[]][] = [
  ["nothing", [], []],
  ["a whole chain in any order", [root, leaf, intermediate], ["Leaf > Intermediate > Root > root"]],
  ["a chain without its root", [leaf, intermediate], ["Leaf > Intermediate > gap"]],
  ["a chain without its middle", [leaf, root], ["Leaf > gap", "Root > root"]],
  ["two leaves of one issuer", [leaf, sibling, intermediate], ["Leaf > Intermediate > gap", "Sibling > joins Intermediate"]],
  ["an issuer of the right name that did not sign", [forged, root], ["Forged > gap", "Root > root"]],
  ["CAs that signed each other", [leftByRight, rightByLeft], ["Left > Right > joins Left"]],
];

test.each(cases)("%s", async (_name, identities, expected) => {
  expect(await trace(identities)).toEqual(expected);
});

test("the chain of the given certificate comes first", async () => {
  expect((await trace([sibling, leaf, intermediate], leaf))[0]).toBe("Leaf > Intermediate > gap");
});

test("the work ends when its signal is aborted", async () => {
  const abort = new AbortController();
  abort.abort();
  const pace = createPace(abort.signal);
  const begun = performance.now();
  // Long enough for one slice to be over.
  while (performance.now() - begun < 20) Math.sqrt(begun);
  await expect(pace.rest()).rejects.toThrow("abort");
});
