import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { compileSite } from "#lib/site/compile.ts";
import type { Problem } from "#lib/site/problem.ts";
import { newSite, type Site, type StoredCredentials } from "#lib/site/schema.ts";

/** The instant at which the tests of this folder judge; the test PKI is made around it. */
export const now = new Date();

export const day = 86_400_000;

export const root = await createAuthority({ commonName: "Root" });
export const intermediate = await createAuthority({ commonName: "Intermediate", issuer: root });
export const server = await createServer(intermediate, ["shop.test", "*.shop.test"]);
export const client = await createClient(root);

/** Credentials as they are stored: the certificates of the given identities, the public key of the first. */
export function stored(leaf: Identity, ...others: Identity[]): StoredCredentials {
  const certificates = [leaf, ...others].map((identity) => identity.certificate).join("");
  return { certificates, publicKey: leaf.publicKey.toString("base64") };
}

/** A site with TLS on that compiles without a problem, changed by `changes`. */
export function siteWith(changes: Partial<Site> = {}): Site {
  return {
    ...newSite,
    hostName: "shop.test",
    origin: "10.0.0.5",
    isSslEnabled: true,
    sslCredentials: stored(server, intermediate),
    ...changes,
  };
}

export const past = { notBefore: new Date(now.getTime() - 20 * day), notAfter: new Date(now.getTime() - 10 * day) };
export const future = { notBefore: new Date(now.getTime() + 10 * day), notAfter: new Date(now.getTime() + 20 * day) };
export const anyPurpose = "2.5.29.37.0";

/** What `compileSite` says of the sound site with these changes: `field code`, the block where there is one, `?` behind a warning. */
export function judge(changes: Partial<Site>): string[] {
  const result = compileSite(siteWith(changes), now);
  const problems = result.ok ? result.value.warnings : result.problems;
  if (result.ok !== problems.every((problem) => problem.severity === "warning"))
    throw new Error("A site compiles exactly when nothing but warnings stands against it.");
  for (const { message } of problems) if (!/^[A-Z“*\d].{20,}[.]$/s.test(message)) throw new Error(`Not a sentence: ${message}`);
  return brief(problems);
}

/** Problems as short lines, sorted. */
export function brief(problems: readonly Problem[]): string[] {
  return problems
    .map(({ path, code, block, severity }) => `${path} ${code}${block ? ` ${block}` : ""}${severity === "warning" ? "?" : ""}`)
    .toSorted();
}

/** The messages that `compileSite` has for the sound site with these changes. */
export function messagesOf(changes: Partial<Site>): string {
  const result = compileSite(siteWith(changes), now);
  return (result.ok ? result.value.warnings : result.problems).map((problem) => problem.message).join("\n");
}

export const ssl = (leaf: Identity, ...others: Identity[]): Partial<Site> => ({ sslCredentials: stored(leaf, ...others) });
export const down = (text: string) => ({ isDownstreamMtls: true, downstreamMtlsCredentials: text });
export const up = (leaf: Identity, ...others: Identity[]): Partial<Site> => ({
  isUpstreamMtls: true,
  upstreamMtlsCredentials: stored(leaf, ...others),
});
