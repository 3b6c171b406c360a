/** TLS servers, as an extended key usage names them (RFC 5280 §4.2.1.12). */
export const serverAuth = "1.3.6.1.5.5.7.3.1";

/** TLS clients. */
export const clientAuth = "1.3.6.1.5.5.7.3.2";

/** Any purpose; OpenSSL does not take it for one of the others. */
export const anyPurpose = "2.5.29.37.0";

const words: Record<string, string> = {
  [serverAuth]: "servers (serverAuth)",
  [clientAuth]: "clients (clientAuth)",
  [anyPurpose]: "any purpose (anyExtendedKeyUsage)",
  "1.3.6.1.5.5.7.3.3": "code signing",
  "1.3.6.1.5.5.7.3.4": "e-mail",
  "1.3.6.1.5.5.7.3.8": "time stamps",
  "1.3.6.1.5.5.7.3.9": "OCSP answers",
};

/** An extended key usage in words; of one that is not known its object identifier. */
export function describePurpose(identifier: string): string {
  return words[identifier] ?? identifier;
}
