import { setImmediate as nextTurn } from "node:timers/promises";
import { createCallerJudge, type Place, tooMany } from "#lib/console/caller-judge.ts";
import { loadObservedCallers } from "#lib/console/observed-callers.ts";
import { createPace } from "#lib/pki/pace.ts";
import { judgeAuthorities } from "#lib/site/authorities.ts";
import { type JudgedCaller, type Lockout, tallyLockout } from "#lib/site/lockout.ts";
import { readPemTextInSlices } from "#lib/site/pem-text.ts";
import { error, hasErrors, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";

const path = "downstreamMtlsCredentials";
/** Longer than this a question is not worked on: who was seen last comes first, and of the rest it says that nobody can tell. */
const patienceMs = 15_000;
const batchSize = 50;

/**
 * Who would be locked out if these CAs were saved with Downstream mTLS on: the expected verdict on everybody in the site's
 * ledger. Works in steps of a few milliseconds and stops when `signal` is aborted; refused where the CAs cannot be read.
 */
export async function findLockedOut(place: Place, siteId: string, text: string, signal?: AbortSignal): Promise<Result<Lockout>> {
  const read = await readPemTextInSlices(path, text, createPace(signal));
  const authorities = read.certificates;
  const problems = judgeAuthorities(path, read, place.now, { vouchesFor: "clients" });
  if (hasErrors(problems)) return refuse(...problems);
  if (authorities.length === 0) return refuse(noCas);
  const { callers, since } = await loadObservedCallers(place, siteId);
  const newestFirst = callers.toSorted((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
  const judge = await createCallerJudge(place, siteId, authorities, newestFirst);
  const deadline = performance.now() + patienceMs;
  const judged: JudgedCaller[] = [];
  for (let start = 0; start < newestFirst.length; start += batchSize) {
    const batch = newestFirst.slice(start, start + batchSize);
    await judge.prepare(batch);
    for (const caller of batch) {
      signal?.throwIfAborted();
      judged.push(performance.now() > deadline ? tooMany(caller) : await judge.judge(caller));
      await nextTurn();
    }
  }
  return ok(tallyLockout(judged, since?.toISOString() ?? null));
}

const noCas: Problem = error(path, "mtls.no-trust", "There is no CA in the box yet, so it cannot be said who loses access.");
