import { globSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { timeCodes } from "#lib/site/validity.ts";

/** Every code of `lib/pki` and `lib/site`. Codes are part of what logs, tests and other programs rely on: none is ever renamed. */
const codes: Record<string, string> = {
  "pem.too-large": "more than 256 KB in one field",
  "pem.too-many-blocks": "more than 200 blocks in one field",
  "pem.trailing-text": "text outside every block that is neither a comment nor what openssl prints",
  "pem.no-armour": "base64 without BEGIN and END lines",
  "pem.broken-armour": "a misspelled BEGIN or END line",
  "pem.one-line": "a whole block on one line",
  "pem.escaped-line-breaks": "the characters \\n instead of line breaks",
  "pem.key-dump": "a private key's text form",
  "pem.commented-key": "a private key in comments",
  "pem.truncated": "BEGIN without END",
  "pem.missing-begin": "END without BEGIN",
  "pem.label-mismatch": "BEGIN and END of different kinds",
  "pem.broken-base64": "contents that are not base64",
  "pem.empty-block": "nothing between BEGIN and END",
  "pem.headers": "headers in a block that has none",
  "pem.der": "a binary DER file",
  "pem.binary": "another binary file",
  "pem.utf-16": "text encoded as UTF-16",
  "pem.pkcs12": "PKCS#12 as file, base64 or block",
  "pem.pkcs7": "PKCS#7 as file, base64 or block",
  "pem.trusted-certificate": "OpenSSL's TRUSTED CERTIFICATE",
  "pem.crl": "a revocation list",
  "pem.request": "a certificate request",
  "pem.public-key": "a public key alone",
  "pem.dh-parameters": "Diffie-Hellman parameters",
  "pem.curve-parameters": "EC PARAMETERS that are not the name of a curve",
  "pem.unknown-label": "a block of any other kind",
  "pem.duplicate": "warning: a block that repeats another",
  "certificate.unreadable": "no certificate in the block",
  "certificate.malformed": "a key or an extension that cannot be read, or an extension twice",
  "certificate.private-key": "a private key under the certificate's label",
  "certificate.trailing-bytes": "bytes after the certificate",
  "certificate.expired": "warning by time: the leaf has expired",
  "certificate.not-yet-valid": "warning by time: the leaf is not yet valid",
  "certificate.weak-key": "the leaf's key is too weak",
  "certificate.weak-signature": "the leaf is signed with MD5 or SHA-1",
  "certificate.name-mismatch": "the site's name is not among the certificate's",
  "certificate.wildcard-missing": "the site's wildcard is not among the certificate's names",
  "certificate.wrong-purpose": "the site's certificate lacks serverAuth",
  "certificate.no-signing": "warning: key usage without digitalSignature",
  "chain.expired": "warning by time: an issuer has expired",
  "chain.not-yet-valid": "warning by time: an issuer is not yet valid",
  "chain.weak-key": "an issuer's key is too weak",
  "chain.weak-signature": "an issuer below the root is signed with MD5 or SHA-1",
  "chain.unused": "warning: a certificate with no part in the chain",
  "chain.incomplete": "warning: an issuer is missing",
  "key.encrypted": "an encrypted private key",
  "key.openssh": "a key in OpenSSH's form",
  "key.unsupported": "a key of a kind that TLS does not use here",
  "key.unreadable": "a private key with damaged contents",
  "key.oversized": "a private key larger than TLS can use",
  "key.inconsistent": "a private key whose halves do not fit",
  "key.missing": "credentials without a private key",
  "key.several": "credentials with more than one private key",
  "key.mismatch": "no certificate for the private key",
  "key.misplaced": "a private key among stored certificates",
  "key.wrong-field": "a private key in a field of plain text",
  "credentials.missing": "TLS on without credentials",
  "credentials.empty": "Replace chosen and nothing pasted",
  "credentials.no-certificate": "credentials without a certificate",
  "ca.private-key": "a private key in a field of CAs",
  "ca.not-a-ca": "a certificate that is no CA in a field of CAs",
  "ca.no-cert-sign": "a CA whose key usage lacks keyCertSign",
  "ca.wrong-purpose": "a CA limited to other purposes",
  "ca.weak-key": "a CA whose key is too weak",
  "ca.public-root": "a public web root to vouch for clients: an error where a save brings it about, else a warning",
  "ca.public-intermediate": "warning: a CA below a public web root to vouch for clients",
  "ca.expired": "warning: one CA has expired",
  "ca.not-yet-valid": "warning: one CA is not yet valid",
  "ca.all-expired": "warning by time: no CA is in date",
  "ca.none": "text for the origin's CAs without a certificate",
  "mtls.no-trust": "Downstream mTLS on without a CA",
  "mtls.no-credentials": "Upstream mTLS on without credentials",
  "mtls.needs-tls": "TLS off while mTLS is on",
  "mtls.observe-or-enforce": "Observe clients with Downstream mTLS",
  "mtls.terminate-only": "Terminate Only with Upstream mTLS",
  "client.is-a-ca": "a CA as client certificate",
  "client.no-signing": "a client certificate that may not sign",
  "client.wrong-purpose": "a client certificate without clientAuth",
  "client.any-purpose": "warning: a client certificate for any purpose",
  "feature.site-config-mtls": "a change of mTLS without the feature",
  "host-name.missing": "no host name",
  "host-name.url": "a URL instead of a host name",
  "host-name.wildcard": "an asterisk typed",
  "host-name.address": "an IP address",
  "host-name.port": "a port",
  "host-name.trailing-dot": "a dot at the end",
  "host-name.upper-case": "capital letters",
  "host-name.not-ascii": "a name in its own script",
  "host-name.malformed": "no host name at all",
  "host-name.public-suffix": "a public suffix alone",
  "host-name.wildcard-too-wide": "a wildcard over a top-level domain",
  "host-name.fixed": "a change of a site's host name",
  "origin.missing": "no origin",
  "origin.url": "a URL as origin",
  "origin.mixed": "names and addresses together",
  "origin.several": "more than one host name",
  "origin.port": "a port in the origin",
  "origin.wildcard": "a wildcard as origin",
  "origin.malformed": "neither a name nor an address",
  "origin.unverified": "warning: verification of the origin is off",
  "origin-server-name.malformed": "a server name that is no host name",
  "real-ip.no-sources": "no trusted source",
  "real-ip.bad-source": "a source that is neither address nor range",
  "real-ip.everybody": "a range of all addresses",
  "real-ip.bad-header": "no header name",
  "real-ip.forwarded": "the header Forwarded",
  "real-ip.reserved-header": "a header of the connection",
  "header.too-many": "more than 50 headers",
  "header.no-name": "a row without a name",
  "header.bad-name": "no header name",
  "header.reserved": "a header of framing, of the connection or of the sensor",
  "header.duplicate": "a name twice",
  "header.no-value": "a row without a value",
  "header.bad-value": "a value that is not visible ASCII",
};

const sources = globSync("lib/{pki,site}/*.ts")
  .filter((file) => !file.endsWith(".test.ts"))
  .map((file) => readFileSync(file, "utf8"))
  .join("\n");
const rooms = [...new Set(Object.keys(codes).map((code) => code.split(".")[0]))].join("|");
const literals = new Set(Array.from(sources.matchAll(new RegExp(`"((?:${rooms})\\.[a-z0-9-]+)"`, "g")), (match) => match[1]));
const suffixes = new Set(Array.from(sources.matchAll(/[`}]\.([a-z0-9-]+)`/g), (match) => match[1]));

describe("codes", () => {
  test("every code in the sources is listed here", () => {
    expect([...literals].filter((code) => code !== undefined && !(code in codes))).toEqual([]);
  });

  test("every listed code is in the sources", () => {
    const made = [
      "pem.pkcs12",
      "pem.pkcs7",
      "certificate.expired",
      "certificate.not-yet-valid",
      "chain.expired",
      "chain.not-yet-valid",
      "ca.expired",
      "ca.not-yet-valid",
    ];
    const unknown = Object.keys(codes).filter((code) => !literals.has(code) && !made.includes(code) && !suffixes.has(code.split(".")[1]));
    expect(unknown).toEqual([]);
  });

  test("those that time brings are the ones listed so", () => {
    const listed = Object.entries(codes).filter(([, meaning]) => meaning.startsWith("warning by time"));
    expect(listed.map(([code]) => code).toSorted()).toEqual([...timeCodes].toSorted());
  });
});
