import type { Identity } from "#e2e/pki/authority.ts";
import { type Certificate, readCertificate } from "#lib/pki/certificate.ts";
import { type ExpectedVerdict, expectVerdict } from "#lib/site/expected-verdict.ts";
import type { Presented } from "#sensor/client-cases-fixture.ts";

/** For tests: the verdict to expect of a site with these CAs on a client that sends exactly this. */
export async function predict(anchors: readonly Identity[], { client, chain = [] }: Presented): Promise<ExpectedVerdict> {
  if (client === undefined) return "CLIENT_CERT_MISSING";
  const leaf = reading(client);
  // What the console cannot read it does not judge; it may be in the ledger all the same.
  if (leaf === null) return "CANNOT_TELL";
  const sent = chain.flatMap((identity) => reading(identity) ?? []);
  return (await expectVerdict({ leaf, sent, isAllSent: true }, anchors.map(read), new Date())).verdict;
}

/** For tests: a test's certificate as the product reads it. */
export function read(identity: Identity): Certificate {
  const certificate = reading(identity);
  if (certificate === null) throw new Error("A test's certificate cannot be read.");
  return certificate;
}

function reading({ certificate: pem }: Identity): Certificate | null {
  const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  const found = readCertificate({ der });
  return "certificate" in found ? found.certificate : null;
}
