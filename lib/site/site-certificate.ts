import { type Certificate, nameOf } from "#lib/pki/certificate.ts";
import { anyPurpose, clientAuth, serverAuth } from "#lib/pki/purpose.ts";
import { type Credentials, readCredentials } from "#lib/site/credentials.ts";
import { namesOf } from "#lib/site/hostname.ts";
import type { PemText } from "#lib/site/pem-text.ts";
import { error, type Problem, warning } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";
import { blockOf } from "#lib/site/validity.ts";

const path = "sslCredentials";

/** The site's own certificate: it must carry every name the site answers to and be meant for servers. */
export function readSiteCertificate(site: Site, pem: PemText, now: Date): { credentials: Credentials | null; problems: Problem[] } {
  if (site.sslCredentials === null) {
    const missing = error(
      path,
      "credentials.missing",
      "SSL/TLS is on without a certificate. Paste the site’s certificate, its intermediates and its private key.",
    );
    return { credentials: null, problems: [missing] };
  }
  const { credentials, problems } = readCredentials(path, pem, site.sslCredentials, now);
  if (credentials) problems.push(...judgeNames(site, credentials.leaf), ...judgeServerLeaf(credentials.leaf));
  return { credentials, problems };
}

/** Whether one of the certificate's DNS names covers `name`: an asterisk stands for one whole left label (RFC 9525 §6.3). */
function coversName(dnsNames: readonly string[], name: string): boolean {
  const parent = name.slice(name.indexOf("."));
  return dnsNames.some((entry) => {
    const pattern = entry.toLowerCase();
    return pattern === name || (pattern === `*${parent}` && parent.length > 1 && !name.startsWith("*."));
  });
}

/** The subject's common name is never looked at: clients ignore it (RFC 9525 §2). */
function judgeNames(site: Site, leaf: Certificate): Problem[] {
  return namesOf(site)
    .filter((name) => !coversName(leaf.dnsNames, name))
    .map((name) => {
      const isWildcard = name.startsWith("*.");
      const message = isWildcard
        ? `This certificate does not cover ${name}; it is for ${listNames(leaf)}. Paste one that does, or untick Wildcard Subdomains Enabled.`
        : `This certificate does not cover ${name}; it is for ${listNames(leaf)}. Paste one that has the name among its subject alternative names.`;
      return { ...error(path, isWildcard ? "certificate.wildcard-missing" : "certificate.name-mismatch", message), ...blockOf(leaf) };
    });
}

function listNames(leaf: Certificate): string {
  const names = [...leaf.dnsNames, ...leaf.ipAddresses];
  if (names.length === 0)
    return leaf.commonName
      ? `no name at all (“${leaf.commonName}” stands only in its common name, which clients ignore)`
      : "no name at all";
  return names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
}

/** Whether a certificate may be shown to clients as the site's; the problems lie under SSL Credentials. */
export function judgeServerLeaf(leaf: Certificate): Problem[] {
  const { extendedKeyUsage, keyUsage } = leaf;
  const name = nameOf(leaf);
  if (extendedKeyUsage && !extendedKeyUsage.includes(serverAuth) && !extendedKeyUsage.includes(anyPurpose))
    return [
      {
        ...error(
          path,
          "certificate.wrong-purpose",
          extendedKeyUsage.includes(clientAuth)
            ? `“${name}” is a client certificate and not meant for servers (it lacks the purpose serverAuth). If the origin is to see it, paste it under Upstream mTLS Credentials; paste a server certificate here.`
            : `“${name}” is not meant for servers (it lacks the purpose serverAuth). Paste a server certificate.`,
        ),
        ...blockOf(leaf),
      },
    ];
  if (keyUsage && !keyUsage.includes("digitalSignature"))
    return [
      {
        ...warning(
          path,
          "certificate.no-signing",
          `The key usage of “${name}” does not allow signatures, so many clients refuse it. Ask for one with digitalSignature.`,
        ),
        ...blockOf(leaf),
      },
    ];
  return [];
}
