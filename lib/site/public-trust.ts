import { createHash, X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { type Certificate, nameOf } from "#lib/pki/certificate.ts";
import { isIssuedBy } from "#lib/pki/chain.ts";
import { isSignedBy } from "#lib/pki/issued.ts";
import type { Pace } from "#lib/pki/pace.ts";
import { type Problem, warning } from "#lib/site/problem.ts";
import { blockOf } from "#lib/site/validity.ts";

/**
 * Code of a public web root among the CAs that vouch for clients. `compileSite` says it as a warning, since revisions that
 * are older than the rule must go on serving; `judgeSave` makes it an error where a save brings it about.
 */
export const publicRootCode = "ca.public-root";

/**
 * CAs of the public web that are to vouch for clients: whoever owns a domain gets a certificate from them. A root is known
 * by its key, so that its renewals and cross-signed variants count as well; what it signed is named with a warning alone,
 * since some of these CAs serve one organisation.
 */
export function judgePublicTrust(path: string, certificates: readonly Certificate[]): Problem[] {
  const authorities = certificates.filter(({ isCa }) => isCa);
  const roots = authorities.filter(({ spki }) => publicRoots().keys.has(keyOf(spki)));
  const below = findBelow(
    authorities.filter((authority) => !roots.includes(authority)),
    roots,
  );
  return [
    ...roots.map((root) => ({ ...publicRoot(path, root), ...blockOf(root) })),
    ...below.map((authority) => ({ ...publicIntermediate(path, authority), ...blockOf(authority) })),
  ];
}

function publicRoot(path: string, certificate: Certificate): Problem {
  const message = `“${nameOf(certificate)}” is a root of the public web: anybody can get a certificate from it, so anybody would be admitted. Paste the CA that issues certificates to your clients alone.`;
  return warning(path, publicRootCode, message);
}

function publicIntermediate(path: string, certificate: Certificate): Problem {
  const message = `“${nameOf(certificate)}” is a CA below a root of the public web. If it issues to everybody, anybody can get a certificate from it and is admitted. Keep it only if it issues to your clients alone.`;
  return warning(path, "ca.public-intermediate", message);
}

/** What public roots signed, and step by step what that signed. */
function findBelow(authorities: readonly Certificate[], roots: readonly Certificate[]): Certificate[] {
  const below: Certificate[] = [];
  let [rest, above] = [authorities, roots];
  for (let isFirst = true; isFirst || above.length > 0; isFirst = false) {
    const found = rest.filter((one) => (isFirst && isUnderPublicRoot(one)) || above.some((issuer) => isIssuedBy(one, issuer)));
    below.push(...found);
    rest = rest.filter((one) => !found.includes(one));
    above = found;
  }
  return below;
}

function isUnderPublicRoot({ x509 }: Certificate): boolean {
  return (
    publicRoots()
      .bySubject.get(x509.issuer)
      ?.some((root) => isSignedBy(x509, root)) ?? false
  );
}

/** Reads the public roots in slices, where they are not known yet, so that judging does not have to: about 12 ms. */
export async function readPublicRoots(pace: Pace): Promise<void> {
  if (known !== undefined) return;
  const roots: PublicRoot[] = [];
  for (const pem of rootCertificates) {
    roots.push(readRoot(pem));
    await pace.rest();
  }
  known = gather(roots);
}

type PublicRoots = { keys: ReadonlySet<string>; bySubject: ReadonlyMap<string, X509Certificate[]> };
type PublicRoot = { x509: X509Certificate; key: string };

let known: PublicRoots | undefined;

/** Node's copy of Mozilla's list, read when the first CA for clients is. */
function publicRoots(): PublicRoots {
  known ??= gather(rootCertificates.map(readRoot));
  return known;
}

function readRoot(pem: string): PublicRoot {
  const x509 = new X509Certificate(pem);
  return { x509, key: keyOf(x509.publicKey.export({ type: "spki", format: "der" })) };
}

function gather(roots: PublicRoot[]): PublicRoots {
  const bySubject = Map.groupBy(
    roots.map(({ x509 }) => x509),
    ({ subject }) => subject,
  );
  return { keys: new Set(roots.map(({ key }) => key)), bySubject };
}

function keyOf(spki: Buffer): string {
  return createHash("sha256").update(spki).digest("hex");
}
