/** The fields that hold PEM, by their names in the form. */
export const pemFields = ["sslCredentials", "downstreamMtlsCredentials", "upstreamMtlsCredentials", "originCaCertificates"] as const;
export type PemField = (typeof pemFields)[number];
