import { type Certificate, issuerNameOf, nameOf } from "#lib/pki/certificate.ts";
import { type CertificateFacts, certificateFacts } from "#lib/pki/facts.ts";
import type { Pace } from "#lib/pki/pace.ts";
import { type TracedChain, traceChains } from "#lib/pki/traced-chain.ts";
import { describeAdmission } from "#lib/site/admission.ts";
import type { PemField } from "#lib/site/pem-field.ts";

/** Certificates of a field in one chain, leaf first, by fingerprint. */
export type ChainReading = {
  fingerprints: string[];
  /** What stands at its upper end when that is no root of the field: in words, and whether it is worth a second look. */
  end: { text: string; isDoubtful: boolean } | null;
};

/** What can be shown of a field's certificates: plain JSON, and nothing of a key but what it matches. */
export type FieldReading = {
  /** In the order of the chains. */
  certificates: CertificateFacts[];
  chains: ChainReading[];
  /** For each private key its block and the block of its certificate: null for none, absent where the key cannot be read. */
  keys: { block: number; matches?: number | null }[];
  /** Under Downstream mTLS Credentials: whom these CAs admit. Null while that cannot be said. */
  admission: string | null;
};

/** Draws a field's certificates; the chain of `leaf` comes first. `isSound` tells that no error stands against them. */
export async function drawField(
  field: PemField,
  certificates: readonly Certificate[],
  { now, pace, isSound, leaf }: { now: Date; pace: Pace; isSound: boolean; leaf?: Certificate },
): Promise<Omit<FieldReading, "keys">> {
  const traced = await traceChains(certificates, pace, leaf);
  return {
    certificates: traced.flatMap((chain) => chain.certificates).map(certificateFacts),
    chains: traced.map((chain) => ({ fingerprints: chain.certificates.map(({ fingerprint }) => fingerprint), end: endOf(field, chain) })),
    admission: field === "downstreamMtlsCredentials" && isSound ? describeAdmission(certificates, traced, now) : null,
  };
}

function endOf(field: PemField, { certificates, end }: TracedChain): ChainReading["end"] {
  const last = certificates.at(-1);
  if (end === "root" || !last) return null;
  if (end === "gap") return gapAfter(field, last);
  return { text: `Issued by “${nameOf(end.joins)}”, which is shown above.`, isDoubtful: false };
}

function gapAfter(field: PemField, last: Certificate): NonNullable<ChainReading["end"]> {
  const missing = `Missing: “${issuerNameOf(last)}”, which issued “${nameOf(last)}”`;
  if (field === "downstreamMtlsCredentials" || field === "originCaCertificates") {
    if (last.isCa) return { text: `${missing}. It is not needed: “${nameOf(last)}” is trusted by itself.`, isDoubtful: false };
    return { text: `${missing}. It belongs here instead.`, isDoubtful: true };
  }
  if (last.isCa) return { text: `${missing}. That is right if it is a root: the other side has its own copy.`, isDoubtful: false };
  if (field === "upstreamMtlsCredentials")
    return { text: `${missing}. That is right if the origin has it; else add it, so that the chain is whole.`, isDoubtful: false };
  return {
    text: `${missing}. Add it if it is an intermediate CA: without it the other side may refuse the certificate.`,
    isDoubtful: true,
  };
}
