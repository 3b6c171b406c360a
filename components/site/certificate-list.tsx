import { CertificateCard } from "#components/site/certificate-card.tsx";
import type { CertificateFacts } from "#lib/pki/facts.ts";

/** Certificates one below the other, each folded to a line. */
export function CertificateList({ facts }: { facts: readonly CertificateFacts[] }) {
  if (facts.length === 0) return null;
  return (
    <ul className="grid gap-2">
      {facts.map((certificate) => (
        <li key={certificate.fingerprint} className="min-w-0">
          <CertificateCard certificate={certificate} />
        </li>
      ))}
    </ul>
  );
}
