import type { CertificateKind } from "#lib/site/certificate-kind.ts";

/** What breaks when a certificate runs out, in one sentence; `hostNames` are the sites that use it, and of a client those that demand one. Runs in a browser. */
export function expiryEffect(kind: CertificateKind, name: string, hostNames: readonly string[]): string {
  return effects[kind](name, hostNames);
}

const effects: Record<CertificateKind, (name: string, hostNames: readonly string[]) => string> = {
  site: (_, sites) => `${sayAll(sites)} ${verb(sites, "stops", "stop")} being reachable for browsers.`,
  "client-ca": (name, sites) => `Clients of ${name} are refused on ${sayAll(sites)}.`,
  upstream: (_, sites) =>
    `The origin of ${sayAll(sites)} may refuse the sensor: requests to ${verb(sites, "it", "them")} are answered 502.`,
  "origin-ca": (name, sites) =>
    `Origins under ${name} cannot be verified: requests to ${sayAll(sites)} are answered 502 unless another CA there vouches for them.`,
  client: (name, sites) =>
    sites.length === 0 ? `Nothing: no site that ${name} calls demands a certificate.` : `${name} is refused on ${sayAll(sites)}.`,
};

function sayAll(hostNames: readonly string[]): string {
  const [first = "no site", second, third] = hostNames;
  if (third !== undefined) return `${hostNames.length} sites`;
  return second === undefined ? first : `${first} and ${second}`;
}

function verb(hostNames: readonly string[], one: string, several: string): string {
  return hostNames.length === 1 ? one : several;
}
