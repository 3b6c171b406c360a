import "reflect-metadata";
import { createHash, generateKeyPairSync, type KeyObject } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(crypto);

type KeyType = "P-256" | "P-384" | "Ed25519" | "RSA-1024" | "RSA-2048";

/** A certificate made for a test, with its key. `bundle` is the certificate followed by its key. */
export type Identity = {
  certificate: string;
  key: string;
  bundle: string;
  fingerprint: string;
  publicKey: Buffer;
  x509: x509.X509Certificate;
  keys: { privateKey: KeyObject; publicKey: KeyObject };
};

export type CertificateOptions = {
  /** Empty: the subject has no name at all. */
  commonName?: string;
  /** DNS names; an entry that looks like an IP address becomes an IP SAN. */
  names?: string[];
  issuer?: Identity;
  keyType?: KeyType;
  keys?: Identity["keys"];
  hash?: "SHA-1" | "SHA-256" | "SHA-384";
  notBefore?: Date;
  notAfter?: Date;
  isCa?: boolean;
  pathLength?: number;
  /** `null` leaves the extension out. */
  keyUsage?: x509.KeyUsageFlags | null;
  extendedKeyUsage?: string[] | null;
  withoutBasicConstraints?: boolean;
  /** Appended to the extensions above, for certificates that no CA should make. */
  extensions?: x509.Extension[];
};

export const clientAuth = "1.3.6.1.5.5.7.3.2";
export const serverAuth = "1.3.6.1.5.5.7.3.1";
export const { KeyUsageFlags, BasicConstraintsExtension, Extension } = x509;

const day = 86_400_000;

/** A self-signed root, or an intermediate when `issuer` is given. */
export function createAuthority(options: CertificateOptions = {}): Promise<Identity> {
  return createCertificate({
    commonName: "Test Root CA",
    isCa: true,
    keyUsage: x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign,
    extendedKeyUsage: null,
    ...options,
  });
}

/** A client certificate of `issuer`. */
export function createClient(issuer: Identity, options: CertificateOptions = {}): Promise<Identity> {
  return createCertificate({ commonName: "partner-17", issuer, extendedKeyUsage: [clientAuth], ...options });
}

/** A server certificate of `issuer` for `names`. */
export function createServer(issuer: Identity, names: string[], options: CertificateOptions = {}): Promise<Identity> {
  return createCertificate({ commonName: names[0], names, issuer, extendedKeyUsage: [serverAuth], ...options });
}

/** Any certificate; P-256, SHA-256, from yesterday for 90 days unless told. Self-signed without `issuer`. */
export async function createCertificate(options: CertificateOptions): Promise<Identity> {
  const keys = options.keys ?? generateKeys(options.keyType ?? "P-256");
  const issuerKeys = options.issuer?.keys ?? keys;
  const hash = options.hash ?? "SHA-256";
  const subject = options.commonName === "" ? "" : `CN=${options.commonName ?? "test"}`;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: createHash("sha256")
      .update(keys.publicKey.export({ type: "spki", format: "der" }))
      .digest("hex")
      .slice(0, 16)
      .replace(/^./, "1"),
    subject,
    issuer: options.issuer?.x509.subject ?? subject,
    notBefore: options.notBefore ?? new Date(Date.now() - day),
    notAfter: options.notAfter ?? new Date(Date.now() + 90 * day),
    publicKey: await webKey(keys.publicKey, hash),
    signingKey: await webKey(issuerKeys.privateKey, hash),
    signingAlgorithm: signingAlgorithm(issuerKeys.privateKey, hash),
    extensions: extensionsOf(options),
  });
  const pem = `${certificate.toString("pem")}\n`;
  const key = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    certificate: pem,
    key,
    bundle: pem + key,
    fingerprint: createHash("sha256").update(Buffer.from(certificate.rawData)).digest("hex"),
    publicKey: keys.publicKey.export({ type: "spki", format: "der" }),
    x509: certificate,
    keys,
  };
}

function extensionsOf(options: CertificateOptions): x509.Extension[] {
  const extensions: x509.Extension[] = [];
  if (!options.withoutBasicConstraints)
    extensions.push(new x509.BasicConstraintsExtension(options.isCa ?? false, options.pathLength, true));
  const keyUsage = options.keyUsage === undefined ? x509.KeyUsageFlags.digitalSignature : options.keyUsage;
  if (keyUsage !== null) extensions.push(new x509.KeyUsagesExtension(keyUsage, true));
  if (options.extendedKeyUsage) extensions.push(new x509.ExtendedKeyUsageExtension(options.extendedKeyUsage));
  if (options.names?.length) {
    extensions.push(
      new x509.SubjectAlternativeNameExtension(
        options.names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? ("ip" as const) : ("dns" as const), value })),
      ),
    );
  }
  return [...extensions, ...(options.extensions ?? [])];
}

export function generateKeys(type: KeyType): Identity["keys"] {
  if (type === "Ed25519") return generateKeyPairSync("ed25519");
  if (type === "P-256" || type === "P-384") return generateKeyPairSync("ec", { namedCurve: type });
  return generateKeyPairSync("rsa", { modulusLength: Number(type.slice(4)) });
}

function signingAlgorithm(key: KeyObject, hash: string) {
  if (key.asymmetricKeyType === "ed25519") return { name: "Ed25519" };
  if (key.asymmetricKeyType === "ec") return { name: "ECDSA", hash };
  return { name: "RSASSA-PKCS1-v1_5", hash };
}

/** Web Crypto's view of a Node key, so that one generator signs with every type. */
function webKey(key: KeyObject, hash: string): Promise<CryptoKey> {
  const isPrivate = key.type === "private";
  const curve = key.asymmetricKeyDetails?.namedCurve === "secp384r1" ? "P-384" : "P-256";
  const algorithm =
    key.asymmetricKeyType === "ed25519"
      ? { name: "Ed25519" }
      : key.asymmetricKeyType === "ec"
        ? { name: "ECDSA", namedCurve: curve }
        : { name: "RSASSA-PKCS1-v1_5", hash };
  const der = isPrivate ? key.export({ type: "pkcs8", format: "der" }) : key.export({ type: "spki", format: "der" });
  return crypto.subtle.importKey(isPrivate ? "pkcs8" : "spki", new Uint8Array(der), algorithm, true, [isPrivate ? "sign" : "verify"]);
}
