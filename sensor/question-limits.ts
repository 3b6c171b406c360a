import { freshMs } from "#lib/channel/envelope.ts";
import { error, type Problem } from "#lib/site/problem.ts";

/** Who may ask how much: every question makes the sensor connect somewhere, and none may be sent a second time. */
export type QuestionLimits = {
  /** Lets a question in, or says why not; what was let in ends exactly once. */
  begin(question: { id: string; tenantId: string; askedAt: number }): { end: () => void } | { problem: Problem };
};

/** At once, of one tenant and of all; and of one tenant within a minute. */
export const questionLimits = { atOncePerTenant: 2, atOnce: 8, perMinute: 10 };

type Allowance = { running: number; left: number; at: number };

/** `now` is the wall clock in milliseconds, by which the console dates its questions; the limits begin with this call. */
export function createQuestionLimits(now: () => number = Date.now): QuestionLimits {
  const startedAt = now();
  const seen = new Map<string, number>();
  const tenants = new Map<string, Allowance>();
  let running = 0;
  return { begin };

  function begin({ id, tenantId, askedAt }: { id: string; tenantId: string; askedAt: number }): ReturnType<QuestionLimits["begin"]> {
    const at = now();
    forget(at);
    // Those from before the start cannot be told from repeated ones.
    if (askedAt < startedAt || Math.abs(at - askedAt) > freshMs) return { problem: stale };
    if (seen.has(id)) return { problem: repeated };
    const tenant = tenants.get(tenantId) ?? { running: 0, left: questionLimits.perMinute, at };
    refill(tenant, at);
    if (running >= questionLimits.atOnce || tenant.running >= questionLimits.atOncePerTenant) return { problem: busy };
    if (tenant.left < 1) return { problem: tooMany };
    seen.set(id, askedAt);
    tenants.set(tenantId, tenant);
    tenant.left -= 1;
    tenant.running += 1;
    running += 1;
    return { end: once(() => release(tenant)) };
  }

  function release(tenant: Allowance): void {
    tenant.running -= 1;
    running -= 1;
  }

  /** A clock that is set back must not take from what is left. */
  function refill(tenant: Allowance, at: number): void {
    const grown = (Math.max(0, at - tenant.at) / 60_000) * questionLimits.perMinute;
    tenant.left = Math.min(questionLimits.perMinute, tenant.left + grown);
    tenant.at = at;
  }

  function forget(at: number): void {
    for (const [id, askedAt] of seen) if (at - askedAt > freshMs) seen.delete(id);
    for (const [tenantId, tenant] of tenants) if (tenant.running === 0 && at - tenant.at > 60_000) tenants.delete(tenantId);
  }
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}

const stale = error("", "sensor.stale-question", "This question is too old, or the clock was set meanwhile. Nothing was done; try again.");
const repeated = error(
  "",
  "sensor.repeated-question",
  "This question was asked before, so the sensor did not answer it again. Nothing was done; try again.",
);
const busy = error(
  "",
  "sensor.busy",
  "Other tests are running at the moment. Nothing was done; wait until they have ended, then try again.",
);
const tooMany = error(
  "",
  "sensor.too-many-questions",
  `Your tenant has made ${questionLimits.perMinute} tests within a minute. Nothing was done; wait a moment, then try again.`,
);
