import { z } from "zod";
import type { ConsoleContext } from "#lib/console/context.ts";
import type { Certificate } from "#lib/pki/certificate.ts";
import { type CertificateFacts, certificateFacts } from "#lib/pki/facts.ts";
import { createPace, type Pace } from "#lib/pki/pace.ts";
import { mentionsPrivateKey } from "#lib/pki/pem-lines.ts";
import { largestPemBytes } from "#lib/pki/pem-size.ts";
import { judgeAuthorities } from "#lib/site/authorities.ts";
import { type Expectation, type ExpectedVerdict, expectVerdict } from "#lib/site/expected-verdict.ts";
import { explainVerdict } from "#lib/site/explain-verdict.ts";
import { mtlsHidden } from "#lib/site/feature.ts";
import { skimPemText } from "#lib/site/pem-text.ts";
import { error, hasErrors, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";

/** What Test a client certificate sends: what a client would show, and the CAs of the draft. */
export const clientTestInput = z.object({
  siteId: z.uuid().nullable(),
  tenantId: z.uuid(),
  authorities: z.string().max(largestPemBytes),
  client: z.string().max(largestPemBytes),
});

/** What the draft would make of one client certificate. Plain JSON; `chain` is the way that was found, leaf first. */
export type ClientTest = {
  certificate: CertificateFacts;
  verdict: ExpectedVerdict;
  sentence: string;
  nextStep: string;
  chain: CertificateFacts[];
};

const path = "clientCertificate";
const mostClients = 20;

/** The expected verdict on each client certificate of a text, the CAs beside it taken as sent along. Stores nothing, logs nothing. */
export async function testClientCertificate(
  { authorities: draft, client: text }: z.infer<typeof clientTestInput>,
  { now, hasMtlsFeature }: ConsoleContext,
): Promise<Result<ClientTest[]>> {
  if (!hasMtlsFeature) return refuse(mtlsHidden);
  if (mentionsPrivateKey(text)) return refuse(privateKey);
  const pace = createPace();
  const { certificates, keyBlocks, problems } = await skimPemText(path, text, pace);
  if (keyBlocks.length > 0) return refuse(privateKey);
  if (hasErrors(problems)) return refuse(...problems);
  const box = await skimPemText("downstreamMtlsCredentials", draft, pace);
  const authorities = box.certificates;
  const faults = judgeAuthorities("downstreamMtlsCredentials", box, now, { vouchesFor: "clients" });
  if (hasErrors(faults) || authorities.length === 0) return refuse(noCas);
  const tests: ClientTest[] = [];
  for (const leaf of await clientsOf(certificates, pace)) {
    await pace.rest();
    const sent = certificates.filter((one) => one !== leaf && one.isCa);
    const expected = await expectVerdict({ leaf, sent, isAllSent: true }, authorities, now);
    tests.push({ ...describe(expected, leaf, sent, authorities, now), certificate: certificateFacts(leaf) });
  }
  return ok(tests);
}

/** End-entity certificates; where there are none, what issued nothing else in the text. */
async function clientsOf(certificates: readonly Certificate[], pace: Pace): Promise<Certificate[]> {
  const leaves = certificates.filter(({ isCa }) => !isCa);
  if (leaves.length > 0) return leaves.slice(0, mostClients);
  const lowest: Certificate[] = [];
  for (const one of certificates) {
    if (!certificates.some((other) => other !== one && other.x509.checkIssued(one.x509))) lowest.push(one);
    await pace.rest();
  }
  return (lowest.length > 0 ? lowest : [...certificates]).slice(0, mostClients);
}

function describe(expected: Expectation, leaf: Certificate, sent: Certificate[], authorities: Certificate[], now: Date) {
  const { verdict, reason } = expected;
  const chain = expected.chain.map(certificateFacts);
  if (verdict === "CANNOT_TELL")
    return { verdict, chain, sentence: reason, nextStep: "Let the client connect once; the tab Activity then shows the verdict." };
  if (verdict === "CLIENT_CERT_VERIFIED") return { verdict, chain, sentence: reason, nextStep: "" };
  const { sentence, nextStep } = explainVerdict({ verdict, leaf, chain: sent, authorities, at: now, now });
  return { verdict, chain, sentence, nextStep };
}

const privateKey: Problem = error(
  path,
  "test.private-key",
  "There is a private key in this text. It does not belong here: nothing of it was kept, but it has been in your clipboard. Copy something else, and paste the certificate alone.",
);

const noCas: Problem = error(
  path,
  "test.no-cas",
  "Without a CA in the box above that can be read, every client is refused. Paste the CAs first.",
);
