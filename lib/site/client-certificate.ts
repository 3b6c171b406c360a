import { type Certificate, nameOf } from "#lib/pki/certificate.ts";
import { anyPurpose, clientAuth, serverAuth } from "#lib/pki/purpose.ts";
import { type Credentials, readCredentials } from "#lib/site/credentials.ts";
import type { PemText } from "#lib/site/pem-text.ts";
import { error, type Problem, warning } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";
import { blockOf } from "#lib/site/validity.ts";

const path = "upstreamMtlsCredentials";

/** The certificate that the sensor shows to the origin: an end-entity certificate meant for clients. */
export function readClientCertificate(site: Site, pem: PemText, now: Date): { credentials: Credentials | null; problems: Problem[] } {
  if (site.upstreamMtlsCredentials === null) {
    const missing = error(
      path,
      "mtls.no-credentials",
      "Upstream mTLS is on without a certificate. Paste the client certificate for the origin and its private key.",
    );
    return { credentials: null, problems: [missing] };
  }
  const { credentials, problems } = readCredentials(path, pem, site.upstreamMtlsCredentials, now);
  if (credentials) problems.push(...judgeClientLeaf(credentials.leaf));
  return { credentials, problems };
}

/** Whether a certificate may be shown to origins as a client's; the problems lie under Upstream mTLS Credentials. */
export function judgeClientLeaf(leaf: Certificate): Problem[] {
  const name = nameOf(leaf);
  const place = blockOf(leaf);
  if (leaf.isCa)
    return [
      {
        ...error(
          path,
          "client.is-a-ca",
          `“${name}” is a CA, which must not be used as a client certificate. Paste a certificate that it issued for this purpose.`,
        ),
        ...place,
      },
    ];
  if (leaf.keyUsage && !leaf.keyUsage.includes("digitalSignature"))
    return [
      {
        ...error(
          path,
          "client.no-signing",
          `The key usage of “${name}” does not allow signatures. Ask for a client certificate with digitalSignature.`,
        ),
        ...place,
      },
    ];
  return judgePurpose(leaf).map((problem) => ({ ...problem, ...place }));
}

/** OpenSSL, and with it most origins, refuses a client certificate whose extended key usage lacks clientAuth. */
function judgePurpose(leaf: Certificate): Problem[] {
  const { extendedKeyUsage } = leaf;
  const name = nameOf(leaf);
  if (extendedKeyUsage === null || extendedKeyUsage.includes(clientAuth)) return [];
  if (extendedKeyUsage.includes(anyPurpose)) {
    const message = `“${name}” is for any purpose and does not name clientAuth. Origins built on OpenSSL refuse that; if yours does, ask for a certificate with clientAuth.`;
    return [warning(path, "client.any-purpose", message)];
  }
  const reason = extendedKeyUsage.includes(serverAuth)
    ? "is a server certificate, and origins refuse it from a client. If it is this site’s own, paste it under SSL Credentials. Public CAs stopped issuing certificates for clients (clientAuth) in 2026; ask the origin’s operator for one of a private CA."
    : "is not meant for clients (it lacks the purpose clientAuth). Ask the origin’s operator for a client certificate.";
  return [error(path, "client.wrong-purpose", `“${name}” ${reason}`)];
}
