import {
  type CertificateOptions,
  createAuthority,
  createCertificate,
  createClient,
  createServer,
  type Identity,
  KeyUsageFlags,
} from "#e2e/pki/authority.ts";
import type { ClientOptions } from "#sensor/client-fixture.ts";

const day = 86_400_000;
const past: CertificateOptions = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };
const future: CertificateOptions = { notBefore: new Date(Date.now() + day), notAfter: new Date(Date.now() + 2 * day) };

/** What a client of a test shows. */
export type Presented = Pick<ClientOptions, "client" | "chain" | "ciphers">;

/** For tests: the CA that a site trusts, and one that it does not. */
export const root = await createAuthority({ commonName: "Client Root" });
export const stranger = await createAuthority({ commonName: "Stranger Root" });

/** A forgery: the configured CA's name and another key. */
const forger = () => createAuthority({ commonName: "Client Root" });

/** For tests: every kind of client before a site that trusts `root` alone, and the verdict on it. */
export const clientCases: [string, () => Promise<Presented>, string][] = [
  ["a client of the CA", async () => ({ client: await createClient(root) }), "CLIENT_CERT_VERIFIED"],
  [
    "a client without an extended key usage",
    async () => ({ client: await createClient(root, { extendedKeyUsage: null }) }),
    "CLIENT_CERT_VERIFIED",
  ],
  [
    "a client whose name is in the SAN alone",
    async () => ({ client: await createClient(root, { commonName: "", names: ["partner.test"] }) }),
    "CLIENT_CERT_VERIFIED",
  ],
  ["a client behind a sent intermediate", () => behindIntermediate({}), "CLIENT_CERT_VERIFIED"],
  ["nobody", async () => ({}), "CLIENT_CERT_MISSING"],
  ["a client of another CA", async () => ({ client: await createClient(stranger) }), "CLIENT_CERT_UNTRUSTED"],
  [
    "a client of another CA, sent along",
    async () => ({ client: await createClient(stranger), chain: [stranger] }),
    "CLIENT_CERT_UNTRUSTED",
  ],
  ["a client of a forged CA name", async () => ({ client: await createClient(await forger()) }), "CLIENT_CERT_UNTRUSTED"],
  ["a client whose intermediate is not sent", async () => ({ client: await createClient(await intermediate()) }), "CLIENT_CERT_UNTRUSTED"],
  ["a client signed by another client", () => behindClient(), "CLIENT_CERT_INVALID"],
  ["a self-signed certificate", async () => ({ client: await createCertificate({ commonName: "me" }) }), "CLIENT_CERT_SELF_SIGNED"],
  [
    "a self-signed expired certificate",
    async () => ({ client: await createCertificate({ commonName: "me", ...past }) }),
    "CLIENT_CERT_SELF_SIGNED",
  ],
  ["an expired client", async () => ({ client: await createClient(root, past) }), "CLIENT_CERT_EXPIRED"],
  ["an expired client behind an intermediate", () => behindIntermediate(past), "CLIENT_CERT_EXPIRED"],
  ["an expired client of another CA", async () => ({ client: await createClient(stranger, past) }), "CLIENT_CERT_UNTRUSTED"],
  ["an expired client of a forged CA name", async () => ({ client: await createClient(await forger(), past) }), "CLIENT_CERT_UNTRUSTED"],
  ["a client of tomorrow", async () => ({ client: await createClient(root, future) }), "CLIENT_CERT_NOT_YET_VALID"],
  ["a forged client of tomorrow", async () => ({ client: await createClient(await forger(), future) }), "CLIENT_CERT_UNTRUSTED"],
  ["a server certificate", async () => ({ client: await createServer(root, ["client.test"]) }), "CLIENT_CERT_WRONG_PURPOSE"],
  [
    "an any-purpose certificate",
    async () => ({ client: await createClient(root, { extendedKeyUsage: ["2.5.29.37.0"] }) }),
    "CLIENT_CERT_WRONG_PURPOSE",
  ],
  [
    "an e-mail certificate",
    async () => ({ client: await createClient(root, { extendedKeyUsage: ["1.3.6.1.5.5.7.3.4"] }) }),
    "CLIENT_CERT_WRONG_PURPOSE",
  ],
  [
    "a key that may sign certificates only",
    async () => ({ client: await createClient(root, { keyUsage: KeyUsageFlags.keyCertSign }) }),
    "CLIENT_CERT_WRONG_PURPOSE",
  ],
  [
    "a key of 1024 bits",
    async () => ({ client: await createClient(root, { keyType: "RSA-1024" }), ciphers: "DEFAULT@SECLEVEL=0" }),
    "CLIENT_CERT_WEAK",
  ],
  [
    "a SHA-1 signature",
    async () => ({ client: await createClient(root, { hash: "SHA-1" }), ciphers: "DEFAULT@SECLEVEL=0" }),
    "CLIENT_CERT_WEAK",
  ],
  ["a chain longer than a CA allows", () => beyondPathLength(), "CLIENT_CERT_CHAIN_TOO_LONG"],
  ["a chain of a hundred intermediates", () => behindHundred(), "CLIENT_CERT_CHAIN_TOO_LONG"],
];

/** For tests: a CA below `root`. */
export function intermediate(options: CertificateOptions = {}): Promise<Identity> {
  return createAuthority({ commonName: "Client Intermediate", issuer: root, ...options });
}

async function behindIntermediate(options: CertificateOptions): Promise<Presented> {
  const issuer = await intermediate();
  return { client: await createClient(issuer, options), chain: [issuer] };
}

async function behindClient(): Promise<Presented> {
  const issuer = await createClient(root, { commonName: "not a CA" });
  return { client: await createClient(issuer), chain: [issuer] };
}

/** For tests: a client below a CA that may have no CA below it. */
export async function beyondPathLength(): Promise<Presented> {
  const last = await createAuthority({ commonName: "No CA below", issuer: root, pathLength: 0 });
  const below = await createAuthority({ commonName: "Below", issuer: last });
  return { client: await createClient(below), chain: [below, last] };
}

/** For tests: a client with more CAs above it than OpenSSL climbs. */
export async function behindHundred(): Promise<Presented> {
  const chain = [await intermediate()];
  for (let depth = 1; depth <= 101; depth += 1) chain.unshift(await createAuthority({ commonName: `Depth ${depth}`, issuer: chain[0] }));
  return { client: await createClient(chain[0] ?? root), chain };
}
