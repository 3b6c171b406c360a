import { type Finding, fault } from "#lib/pki/finding.ts";

const certificates = new Set(["CERTIFICATE", "X509 CERTIFICATE"]);
const curveParameters = "EC PARAMETERS";

const foreign: Record<string, { code: string; message: string }> = {
  "TRUSTED CERTIFICATE": {
    code: "pem.trusted-certificate",
    message:
      "This is a certificate in OpenSSL’s own TRUSTED form. Export it as PEM with `openssl x509 -in FILE -out certificate.pem` and paste that.",
  },
  "X509 CRL": { code: "pem.crl", message: "This is a revocation list, not a certificate. Remove this block." },
  "CERTIFICATE REQUEST": {
    code: "pem.request",
    message: "This is a certificate request, not a certificate. Paste the certificate that the CA made from it.",
  },
  "PUBLIC KEY": { code: "pem.public-key", message: "This is a public key alone. Paste the certificate that holds it." },
  "DH PARAMETERS": {
    code: "pem.dh-parameters",
    message: "These are Diffie-Hellman parameters, which are not used here. Remove this block.",
  },
  PKCS7: {
    code: "pem.pkcs7",
    message:
      "This is a PKCS#7 bundle (.p7b). Export it as PEM with `openssl pkcs7 -print_certs -in FILE -out certificates.pem` and paste that.",
  },
  PKCS12: {
    code: "pem.pkcs12",
    message:
      "This is a PKCS#12 file (.p12, .pfx). Export it as PEM with `openssl pkcs12 -in FILE -nodes -out credentials.pem` and paste what belongs here.",
  },
};

const aliases: Record<string, string> = {
  "NEW CERTIFICATE REQUEST": "CERTIFICATE REQUEST",
  "RSA PUBLIC KEY": "PUBLIC KEY",
  "SSH2 PUBLIC KEY": "PUBLIC KEY",
  CRL: "X509 CRL",
  "X942 DH PARAMETERS": "DH PARAMETERS",
  "X9.42 DH PARAMETERS": "DH PARAMETERS",
  "PKCS #7 SIGNED DATA": "PKCS7",
  CMS: "PKCS7",
  PFX: "PKCS12",
};

/** What to say of a block that does not belong in any field; `null` for certificates, private keys and the name of a curve. */
export function foreignLabel(label: string, block: number): Finding | null {
  if (isCertificateLabel(label) || isPrivateKeyLabel(label) || isCurveLabel(label)) return null;
  const known = foreign[aliases[label] ?? label];
  if (known) return fault(known.code, known.message, block);
  return fault("pem.unknown-label", `This block is a ${label}, which is neither a certificate nor a private key. Remove it.`, block);
}

/** Whether the block is an X.509 certificate (RFC 7468 §5.1 and the older spelling). */
export function isCertificateLabel(label: string): boolean {
  return certificates.has(label);
}

/** Whether the block is a private key of any format, encrypted and foreign ones included. */
export function isPrivateKeyLabel(label: string): boolean {
  return label.endsWith("PRIVATE KEY") || label === "PGP PRIVATE KEY BLOCK";
}

/** Whether the block names a key's curve, as `openssl ecparam -genkey` prints before the key. */
export function isCurveLabel(label: string): boolean {
  return label === curveParameters;
}

/** The advice for PKCS#7 and PKCS#12 that came without their PEM lines. */
export function containerFinding(kind: "pkcs7" | "pkcs12"): Finding {
  const known = kind === "pkcs7" ? foreign.PKCS7 : foreign.PKCS12;
  const inform = kind === "pkcs7" ? known?.message.replace("-in FILE", "-inform DER -in FILE") : known?.message;
  return fault(`pem.${kind}`, inform ?? "");
}
