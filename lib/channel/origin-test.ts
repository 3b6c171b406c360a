import { z } from "zod";
import type { QuestionKind } from "#lib/channel/questions.ts";
import { siteSchema, storedCredentialsSchema } from "#lib/site/schema.ts";
import { upstreamVerdicts } from "#lib/site/verdict.ts";

/** The settings of a draft that a connection to the origin depends on. */
export const originSettingsSchema = siteSchema.pick({
  hostName: true,
  isSslEnabled: true,
  isTerminateOnly: true,
  origin: true,
  originHttpPort: true,
  originHttpsPort: true,
  isOriginVerified: true,
  originCaCertificates: true,
  originServerName: true,
});

/**
 * Which client certificate to show. Of a stored one the question names only the revision: certificate and key the sensor
 * reads itself, so that nobody can name a key. The key of a pasted one travels as the question's secret.
 */
const credentialsSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({ kind: z.literal("stored"), revision: z.int().positive() }),
  z.object({ kind: z.literal("pasted"), credentials: storedCredentialsSchema }),
]);

const inputSchema = z.object({ siteId: z.uuid().nullable(), settings: originSettingsSchema, credentials: credentialsSchema });

/** What was found of the client certificate's part; `failed` leaves the verdict to say why. */
export const originOutcomes = [
  "asks-and-accepts",
  "asks-and-refuses",
  "never-asks",
  "accepts-without",
  "demands-certificate",
  "answers",
  "answers-in-plain",
  "cannot-tell",
  "failed",
] as const;

const certificateSchema = z.object({
  subject: z.string(),
  issuer: z.string(),
  commonName: z.string().nullable(),
  names: z.array(z.string()),
  notBefore: z.string(),
  notAfter: z.string(),
  keyDescription: z.string(),
  fingerprint: z.string(),
  isCa: z.boolean(),
  isSelfIssued: z.boolean(),
  purposes: z.array(z.string()).nullable(),
});

/** What came of one destination. No byte of the origin's content is in it. */
const foundSchema = z.object({
  /** As it stands in the form, and where that led to; null when nothing was reached. */
  destination: z.string(),
  address: z.string().nullable(),
  outcome: z.enum(originOutcomes),
  /** What serving would log. */
  verdict: z.enum(upstreamVerdicts),
  /** The TLS alert, or the system's code, of what failed. */
  reason: z.string().nullable(),
  /** HTTP status of the exchange with the client certificate (none: null), and of the one without. */
  statusWith: z.int().nullable(),
  statusWithout: z.int().nullable(),
  tls: z
    .object({
      version: z.string().nullable(),
      /** Whether it asked for a client certificate; null when that could not be read. */
      isAsked: z.boolean().nullable(),
      authorities: z.array(z.string()),
      authorityCount: z.int(),
      chain: z.array(certificateSchema),
      serverName: z.string(),
      isNameRight: z.boolean().nullable(),
      isVerified: z.boolean(),
      /** What verification says or would say, null when it has nothing against the certificate or did not come to it. */
      fault: z.string().nullable(),
    })
    .nullable(),
});

const reportSchema = z.object({
  port: z.int(),
  /** Whether one of the exchanges showed a client certificate. */
  hasCertificate: z.boolean(),
  found: z.array(foundSchema),
});

export type OriginSettings = z.infer<typeof originSettingsSchema>;
export type OriginTestInput = z.infer<typeof inputSchema>;
export type OriginOutcome = (typeof originOutcomes)[number];
export type OriginFound = z.infer<typeof foundSchema>;
export type OriginReport = z.infer<typeof reportSchema>;

/** Two exchanges, all destinations at once. */
export const originTest: QuestionKind<OriginTestInput, OriginReport> = { input: inputSchema, answer: reportSchema, withinMs: 25_000 };
