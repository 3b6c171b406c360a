import type { Site } from "#lib/site/schema.ts";

/** An observation ends by itself after this long. */
export const observationMs = 30 * 86_400_000;

/** Whether an observation with this end (ISO, null for none) goes on; what cannot be read as a time is over. */
export function isObserving(observedUntil: string | null | undefined, nowMs: number): boolean {
  return typeof observedUntil === "string" && nowMs < Date.parse(observedUntil);
}

/** When an observation that begins now ends (ISO). */
export function observationEnd(nowMs: number): string {
  return new Date(nowMs + observationMs).toISOString();
}

/**
 * The end to store when a form asks for `asked` (undefined: it does not show the setting). The form's own date counts for
 * nothing: an observation that goes on keeps its end whatever is saved meanwhile, and one newly ticked gets its 30 days.
 */
export function settleObservation(asked: string | null | undefined, stored: string | null, nowMs: number): string | null {
  if (asked === undefined) return stored;
  if (asked === null) return null;
  return asked === stored || isObserving(stored, nowMs) ? stored : observationEnd(nowMs);
}

/** The site without an observation that is over: it has no effect any more, so nothing may hang on it. */
export function withoutEndedObservation(site: Site, nowMs: number): Site {
  return isObserving(site.observedUntil, nowMs) ? site : { ...site, observedUntil: null };
}

/** The day an observation ends or ended, as every message writes days. */
export function dayOfObservation(observedUntil: string): string {
  return observedUntil.slice(0, 10);
}
