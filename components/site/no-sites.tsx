import { EmptyState } from "#components/ui/empty-state.tsx";

/** What an empty list says to do first. */
export function NoSites() {
  return (
    <EmptyState title="No sites yet">
      <p>A site is one host name that Tessera protects. Start with Add Site; to finish it you need:</p>
      <ul className="grid list-disc gap-1 pl-5 text-left">
        <li>the host name that clients ask for, and the address of the server behind it (the origin)</li>
        <li>for HTTPS, the site’s certificate and private key as PEM text</li>
        <li>for Downstream mTLS, the CA certificates that your clients’ certificates chain to</li>
        <li>for Upstream mTLS, the certificate and key that the sensor shows to the origin</li>
      </ul>
    </EmptyState>
  );
}
