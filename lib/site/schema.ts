import { z } from "zod";

/**
 * The shape of a site: what a form may hold and what a revision stores. Meaning (PEM, names, combinations)
 * is judged by `compileSite`; here are only types, ranges and lengths that make no sense for anybody.
 */
const fields = {
  hostName: z.string().max(253, "A host name has at most 253 characters."),
  isWildcard: z.boolean(),
  isHttp2Enabled: z.boolean(),

  isSslEnabled: z.boolean(),
  isTerminateOnly: z.boolean(),
  sslPolicy: z.enum(["tls-1.2-and-1.3", "tls-1.3"]),
  isHttpRedirected: z.boolean(),
  /** When the observation of clients ends by itself, null for none. A form's date only says that it is ticked. */
  observedUntil: z.iso.datetime().nullable(),
  isDownstreamMtls: z.boolean(),
  downstreamMtlsCredentials: z.string(),
  isUpstreamMtls: z.boolean(),

  origin: z.string().max(2_000, "An origin has at most 2,000 characters."),
  originHttpPort: port("HTTP Backend Port"),
  originHttpsPort: port("HTTPS Backend Port"),
  isOriginVerified: z.boolean(),
  originCaCertificates: z.string(),
  originServerName: z.string().max(253, "A host name has at most 253 characters."),

  maxBodySizeMb: whole("Maximum Request Body Size", 1, 1_000_000),
  readTimeoutS: whole("Proxy Read Timeout", 1, 3_600),
  sendTimeoutS: whole("Proxy Send Timeout", 1, 3_600),
  isRealIpSet: z.boolean(),
  realIpHeader: z.string().max(100, "A header name has at most 100 characters."),
  trustedSources: z.string().max(20_000, "Trusted Sources has at most 20,000 characters."),
  responseHeaders: z
    .array(
      z.object({
        name: z.string().max(100, "A header name has at most 100 characters."),
        value: z.string().max(4_000, "A header value has at most 4,000 characters."),
      }),
    )
    .max(50, "At most 50 custom response headers."),
};

/**
 * Credentials as a revision keeps them: certificates in PEM as pasted (without the key) and the public half of
 * the private key, DER SubjectPublicKeyInfo in base64. The private key itself lies sealed beside the revisions.
 */
export const storedCredentialsSchema = z.object({
  certificates: z.string(),
  publicKey: z.base64(),
});

/** What a form wants done with credentials that hold a private key, which it can never show. */
export const credentialsChangeSchema = z.discriminatedUnion("change", [
  z.object({ change: z.literal("keep") }),
  z.object({ change: z.literal("replace"), text: z.string() }),
  z.object({ change: z.literal("clear") }),
]);

/** A site as one immutable revision stores it. */
export const siteSchema = z.object({
  ...fields,
  // Revisions made before there was an observation have none.
  observedUntil: fields.observedUntil.default(null),
  sslCredentials: storedCredentialsSchema.nullable(),
  upstreamMtlsCredentials: storedCredentialsSchema.nullable(),
});

/** A site as the form submits it. The mTLS fields are absent when the tenant lacks the feature. */
export const siteDraftSchema = z.object({
  ...fields,
  observedUntil: fields.observedUntil.optional(),
  isDownstreamMtls: fields.isDownstreamMtls.optional(),
  downstreamMtlsCredentials: fields.downstreamMtlsCredentials.optional(),
  isUpstreamMtls: fields.isUpstreamMtls.optional(),
  sslCredentials: credentialsChangeSchema,
  upstreamMtlsCredentials: credentialsChangeSchema.optional(),
});

export type Site = z.infer<typeof siteSchema>;
export type SiteDraft = z.infer<typeof siteDraftSchema>;
export type StoredCredentials = z.infer<typeof storedCredentialsSchema>;
export type CredentialsChange = z.infer<typeof credentialsChangeSchema>;

/** The two fields that hold a private key. */
export const keyFields = ["sslCredentials", "upstreamMtlsCredentials"] as const;
export type KeyField = (typeof keyFields)[number];

/** What Add Site starts from. */
export const newSite: Site = {
  hostName: "",
  isWildcard: false,
  isHttp2Enabled: false,
  isSslEnabled: false,
  sslCredentials: null,
  isTerminateOnly: false,
  sslPolicy: "tls-1.2-and-1.3",
  isHttpRedirected: false,
  observedUntil: null,
  isDownstreamMtls: false,
  downstreamMtlsCredentials: "",
  isUpstreamMtls: false,
  upstreamMtlsCredentials: null,
  origin: "",
  originHttpPort: 80,
  originHttpsPort: 443,
  isOriginVerified: true,
  originCaCertificates: "",
  originServerName: "",
  maxBodySizeMb: 1,
  readTimeoutS: 90,
  sendTimeoutS: 30,
  isRealIpSet: false,
  realIpHeader: "X-Forwarded-For",
  trustedSources: "",
  responseHeaders: [],
};

function port(label: string) {
  return whole(label, 1, 65_535);
}

function whole(label: string, least: number, most: number) {
  const range = `${label} is a whole number from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}.`;
  return z.number(range).int(range).min(least, range).max(most, range);
}
