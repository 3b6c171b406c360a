import { type Explanation, explain, type Occurrence } from "#lib/site/explanation.ts";
import type { UpstreamVerdict } from "#lib/site/verdict.ts";

type Words = Parameters<typeof explain>;

/** What came of the sensor's own call to the origin; the client is never at fault here. */
export function explainOrigin({ reason }: Occurrence, verdict: UpstreamVerdict): Explanation {
  const code = /^([A-Za-z][A-Za-z0-9_.]*): /.exec(reason ?? "")?.[1] ?? "";
  const finer = details[verdict]?.find(({ codes }) => codes.test(code));
  return explain(...(finer?.words ?? general[verdict]));
}

const general: Record<UpstreamVerdict, Words> = {
  ORIGIN_OK: ["origin-ok", "nobody", "The origin answered.", "Nothing to do."],
  ORIGIN_REFUSED_CLIENT_CERT: [
    "origin-refuses-us",
    "origin",
    "The origin did not accept the certificate that the sensor showed it.",
    "You compare Upstream mTLS Credentials with what the origin’s operator expects; they look at the origin’s log for the reason.",
  ],
  ORIGIN_CERT_UNTRUSTED: [
    "origin-untrusted",
    "you",
    "The origin’s certificate is of no CA that this site trusts for its origin, so nothing was sent there.",
    "You add the CA of the origin’s certificate under Origin CA Certificates; the origin’s operator can name it.",
  ],
  ORIGIN_CERT_NAME_MISMATCH: [
    "origin-name",
    "you",
    "The origin’s certificate is for another name than the one that this site expects, so nothing was sent there.",
    "You set Origin Server Name to a name in the origin’s certificate, if that is the right server. Else the origin’s operator has a certificate issued for the expected name.",
  ],
  ORIGIN_CERT_EXPIRED: [
    "origin-expired",
    "origin",
    "The origin’s certificate, or a CA above it, has expired, so nothing was sent there.",
    "The origin’s operator installs a renewed certificate. Turning off Verify Origin Certificate would hide this and let anybody in between read along.",
  ],
  ORIGIN_UNREACHABLE: [
    "origin-unreachable",
    "unclear",
    "The sensor could not connect to the origin.",
    "You check Origin and its port on the tab Settings; the origin’s operator checks that it runs and lets the sensor’s address through.",
  ],
  ORIGIN_TIMEOUT: [
    "origin-slow",
    "origin",
    "The origin did not answer in time.",
    "The origin’s operator looks why. If such answers are slow by nature, you raise Proxy Read Timeout on the tab Settings.",
  ],
  ORIGIN_PROTOCOL_ERROR: [
    "origin-protocol",
    "origin",
    "The origin’s answer could not be used: it broke off, or it broke a rule of HTTP or TLS.",
    "The origin’s operator looks at the reason below and at the origin’s log for this moment.",
  ],
};

const details: Partial<Record<UpstreamVerdict, { codes: RegExp; words: Words }[]>> = {
  ORIGIN_REFUSED_CLIENT_CERT: [
    {
      codes: /CERTIFICATE_REQUIRED$|NO_CERTIFICATE$/,
      words: [
        "origin-wants-certificate",
        "you",
        "The origin demands a client certificate, and the sensor showed none.",
        "You turn on Upstream mTLS and give it the certificate and key that the origin’s operator issued for this site.",
      ],
    },
    {
      codes: /UNKNOWN_CA$/,
      words: [
        "origin-unknown-ca",
        "origin",
        "The origin does not know the CA of the certificate that the sensor showed it.",
        "The origin’s operator adds that CA, or you paste the missing intermediates behind the certificate under Upstream mTLS Credentials, or a certificate of a CA that the origin trusts.",
      ],
    },
    {
      codes: /CERTIFICATE_EXPIRED$/,
      words: [
        "our-certificate-expired",
        "you",
        "The origin says that the certificate which the sensor showed it has expired.",
        "You replace Upstream mTLS Credentials by a renewed certificate. If it is in date, the origin’s operator checks the clock there.",
      ],
    },
    {
      codes: /CERTIFICATE_REVOKED$/,
      words: [
        "our-certificate-revoked",
        "you",
        "The origin says that the certificate which the sensor showed it has been revoked.",
        "You ask its CA why, and replace Upstream mTLS Credentials by a new certificate with a new key.",
      ],
    },
  ],
  ORIGIN_CERT_UNTRUSTED: [
    {
      codes: /^DEPTH_ZERO_SELF_SIGNED_CERT$/,
      words: [
        "origin-self-signed",
        "you",
        "The origin’s certificate is signed by itself, and this site does not trust it.",
        "You get the certificate from the origin’s operator and paste it under Origin CA Certificates: it is then trusted, and no other.",
      ],
    },
    {
      codes: /^(?:UNABLE_TO_GET_ISSUER_CERT(?:_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/,
      words: [
        "origin-issuer-missing",
        "unclear",
        "The issuer of the origin’s certificate is not known: either the origin does not send its intermediate, or its CA is none that this site trusts for its origin.",
        "The origin’s operator sends the intermediates along with the certificate. If they do, you add their CA under Origin CA Certificates.",
      ],
    },
    {
      codes: /^INVALID_PURPOSE$/,
      words: [
        "origin-purpose",
        "origin",
        "The origin’s certificate is not meant for servers (it lacks the purpose serverAuth).",
        "The origin’s operator installs a certificate for servers.",
      ],
    },
  ],
  ORIGIN_CERT_EXPIRED: [
    {
      codes: /^CERT_NOT_YET_VALID$/,
      words: [
        "origin-not-yet-valid",
        "unclear",
        "The origin’s certificate, or a CA above it, is not valid yet, so nothing was sent there.",
        "You check the clock of this machine. If it is right, the origin’s operator installs a certificate that is valid today.",
      ],
    },
  ],
  ORIGIN_UNREACHABLE: [
    {
      codes: /^ECONNREFUSED$/,
      words: [
        "origin-refused",
        "unclear",
        "Nobody listens at the origin’s address and port.",
        "The origin’s operator starts it. If it runs, you correct Origin or its port on the tab Settings.",
      ],
    },
    {
      codes: /^(?:ENOTFOUND|EAI_AGAIN|dial\.unresolved)$/,
      words: [
        "origin-name-unknown",
        "you",
        "The origin’s host name could not be resolved.",
        "You check the spelling of Origin on the tab Settings, and that this machine’s name server knows it.",
      ],
    },
    {
      codes: /^dial\.forbidden$/,
      words: [
        "origin-forbidden",
        "you",
        "The origin’s name leads to an address that sites here may not use: one of this product’s own ports, or a local address outside ORIGIN_ALLOW.",
        "You correct Origin. If the address is meant, whoever runs this product adds it to ORIGIN_ALLOW.",
      ],
    },
  ],
  ORIGIN_TIMEOUT: [
    {
      codes: /^(?:dial\.timeout|ETIMEDOUT)$/,
      words: [
        "origin-silent",
        "unclear",
        "The origin’s address did not answer the attempt to connect in time: often a firewall that drops packets.",
        "You check Origin and its port on the tab Settings; the origin’s operator lets the sensor’s address through.",
      ],
    },
  ],
  ORIGIN_PROTOCOL_ERROR: [
    {
      codes: /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST/,
      words: [
        "origin-not-tls",
        "you",
        "The origin does not speak TLS on this port: it seems to be a port for plain HTTP.",
        "You correct HTTPS Backend Port, or tick SSL/TLS Terminate Only if the way to the origin shall be plain HTTP.",
      ],
    },
    {
      codes: /^(?:ECONNRESET|EPIPE)$/,
      words: [
        "origin-reset",
        "origin",
        "The origin ended the connection in the middle of the exchange and did not say why.",
        "The origin’s operator looks at its log for this moment. Some origins hang up like this when they do not accept the client certificate.",
      ],
    },
  ],
};
