import { Lock } from "lucide-react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Link } from "#components/ui/link.tsx";
import { Time } from "#components/ui/time.tsx";
import type { CertificateRow } from "#lib/console/certificates-view.ts";
import { kindNames } from "#lib/site/certificate-kind.ts";

const mostLinks = 5;

/** What the certificate is called, by whom it was issued, and its fingerprint. */
export function NameCell({ row }: { row: CertificateRow }) {
  const { name, subject, issuer, fingerprint } = row;
  return (
    <div className="grid min-w-0 gap-0.5">
      <span className="font-medium wrap-anywhere">{name}</span>
      <span className="text-small text-quiet wrap-anywhere">{issuer === subject ? "self-signed" : `issued by ${issuer}`}</span>
      <span className="flex items-center gap-1 text-small text-quiet">
        <code className="font-mono" title={fingerprint}>
          {fingerprint.slice(0, 16)}…
        </code>
        <CopyButton value={fingerprint} label={`Copy the SHA-256 fingerprint of ${name}`} />
      </span>
    </div>
  );
}

/** What it is to the sites, whether anybody here may change it, and when a client showed it last. */
export function KindCell({ row }: { row: CertificateRow }) {
  return (
    <>
      {kindNames[row.kind]}
      {row.isFixed && (
        <span className="mt-0.5 flex items-start gap-1 text-small text-quiet">
          <Lock aria-hidden className="mt-0.5 size-3 shrink-0" />
          <span>Read-only: enforced without the feature site-config-mtls. Ask an administrator to turn it on before you renew it.</span>
        </span>
      )}
      {row.seenAt && (
        <span className="block text-small text-quiet">
          last shown <Time value={row.seenAt} />
        </span>
      )}
    </>
  );
}

/** Links to the sites that use it: some, then all on demand. */
export function SitesCell({ sites }: { sites: CertificateRow["sites"] }) {
  const rest = sites.slice(mostLinks);
  return (
    <>
      <SiteLinks sites={sites.slice(0, mostLinks)} />
      {rest.length > 0 && (
        <details className="text-small">
          <summary className="w-fit cursor-pointer rounded-xs text-quiet">{rest.length} more</summary>
          <SiteLinks sites={rest} />
        </details>
      )}
    </>
  );
}

function SiteLinks({ sites }: { sites: CertificateRow["sites"] }) {
  return (
    <ul className="grid gap-0.5">
      {sites.map(({ id, hostName }) => (
        <li key={id}>
          <Link
            href={`/settings/sites/${id}`}
            className="inline-block rounded-xs py-0.5 font-mono text-mono underline underline-offset-2 wrap-anywhere"
          >
            {hostName}
          </Link>
        </li>
      ))}
    </ul>
  );
}
