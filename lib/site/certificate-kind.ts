/** What a certificate is to a site that is configured with it. Runs in a browser. */
export type Use = "site" | "client-ca" | "upstream" | "origin-ca";

/** The same, and the certificates that clients have shown. */
export type CertificateKind = Use | "client";

/** What pages call each kind. */
export const kindNames: Record<CertificateKind, string> = {
  site: "Site certificate",
  "client-ca": "Client CA",
  upstream: "Upstream certificate",
  "origin-ca": "Origin CA",
  client: "Client certificate seen",
};
