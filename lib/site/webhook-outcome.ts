/** What came of one call of a webhook: the status that answered, or a fixed phrase of ours for why none did. Runs in a browser. */
export type WebhookOutcome = { status: number } | { reason: string };

/** Whether the receiver has it: 2xx alone, since a redirect is never followed. */
export function isDelivered(outcome: WebhookOutcome): boolean {
  return "status" in outcome && outcome.status >= 200 && outcome.status < 300;
}

/** The outcome in words, without a capital: "answered 204", "could not connect: connection refused". */
export function sayOutcome(outcome: WebhookOutcome): string {
  if ("reason" in outcome) return outcome.reason;
  const isRedirect = outcome.status >= 300 && outcome.status < 400;
  return `answered ${outcome.status}${isRedirect ? ", a redirect, which is never followed" : ""}`;
}
