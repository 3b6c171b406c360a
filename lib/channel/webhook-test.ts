import { z } from "zod";
import type { QuestionKind } from "#lib/channel/questions.ts";
import type { WebhookOutcome } from "#lib/site/webhook-outcome.ts";

/** Calls the stored webhook of the tenant once, with a message that says it is a test; what the receiver says stays there. */
export const webhookTest: QuestionKind<Record<string, never>, WebhookOutcome> = {
  input: z.record(z.string(), z.never()),
  answer: z.union([z.object({ status: z.int() }), z.object({ reason: z.string().max(200) })]),
  withinMs: 12_000,
};
