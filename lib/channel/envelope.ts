import { z } from "zod";

/**
 * What the console sends for each question. `input` is JSON text and stays text on the way, because a secret is bound to
 * its very bytes; `askedAt` is in milliseconds. Who may ask was decided before: the channel knows no people.
 */
export const envelopeSchema = z.object({
  id: z.uuid(),
  tenantId: z.uuid(),
  askedAt: z.int().positive(),
  input: z.string(),
  secret: z.object({ keyringKeyId: z.string().max(64), sealed: z.base64().max(32_768) }).nullable(),
});

export type Envelope = z.infer<typeof envelopeSchema>;

/** At most this many bytes go either way: two PEM fields at their largest, with what JSON makes of line ends. */
export const largestMessage = 1_048_576;

/** A question older than this is not answered any more, so that none can be sent again. */
export const freshMs = 60_000;
