import type { SiteDraft } from "#lib/site/schema.ts";

/** What the page calls each field; problems, summaries and changes speak of it by the same name. */
export const labels: Record<keyof SiteDraft, string> = {
  hostName: "Host Name",
  isWildcard: "Wildcard Subdomains Enabled",
  isHttp2Enabled: "HTTP2 Enabled",
  isSslEnabled: "SSL/TLS Enabled",
  sslCredentials: "SSL Credentials",
  isTerminateOnly: "SSL/TLS Terminate Only",
  sslPolicy: "SSL Policy",
  isHttpRedirected: "Redirect HTTP traffic to HTTPS",
  observedUntil: "Observe clients",
  isDownstreamMtls: "Downstream mTLS",
  downstreamMtlsCredentials: "Downstream mTLS Credentials",
  isUpstreamMtls: "Upstream mTLS",
  upstreamMtlsCredentials: "Upstream mTLS Credentials",
  origin: "Origin",
  originHttpPort: "HTTP Backend Port",
  originHttpsPort: "HTTPS Backend Port",
  isOriginVerified: "Verify Origin Certificate",
  originCaCertificates: "Origin CA Certificates",
  originServerName: "Origin Server Name",
  maxBodySizeMb: "Maximum Request Body Size",
  readTimeoutS: "Proxy Read Timeout",
  sendTimeoutS: "Proxy Send Timeout",
  isRealIpSet: "Set Real IP From",
  realIpHeader: "Header Name",
  trustedSources: "Trusted Sources",
  responseHeaders: "Custom Response Headers",
};

/** The words of the select SSL Policy. */
export const policyLabels: Record<SiteDraft["sslPolicy"], string> = {
  "tls-1.2-and-1.3": "TLS 1.2 and TLS 1.3 (Default)",
  "tls-1.3": "TLS 1.3 only",
};

/** The label of the field that a problem's path lies in; null for a problem of the whole form. */
export function labelOf(path: string): string | null {
  const field = path.split(".")[0] ?? "";
  return field in labels ? labels[field as keyof SiteDraft] : null;
}
