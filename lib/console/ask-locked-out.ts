import type { ConsoleContext } from "#lib/console/context.ts";
import { findLockedOut } from "#lib/console/locked-out.ts";
import { mentionsPrivateKey } from "#lib/pki/pem.ts";
import { largestPemBytes } from "#lib/pki/pem-size.ts";
import { mtlsHidden } from "#lib/site/feature.ts";
import type { Lockout } from "#lib/site/lockout.ts";
import { error, type Problem, type Result, refuse } from "#lib/site/problem.ts";

/** Who would be locked out by the CAs in the request's text, one question at a time for the whole console. Stores nothing. */
export async function askLockedOut(context: ConsoleContext, siteId: string, request: Request): Promise<Result<Lockout> | Response> {
  if (!context.hasMtlsFeature) return refuse(mtlsHidden);
  if (Number(request.headers.get("content-length") ?? largestPemBytes + 1) > largestPemBytes) return new Response(null, { status: 413 });
  const text = await request.text();
  // The page leaves keys out; one that comes all the same is not worked on.
  if (mentionsPrivateKey(text)) return new Response(null, { status: 400 });
  if (waiting >= mostWaiting) return refuse(busy);
  const { signal } = request;
  return inTurn(() => (signal.aborted ? refuse(gone) : findLockedOut(context, siteId, text, signal)));
}

const mostWaiting = 20;
let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/** However many ask, one core is not busy with more than one of them. */
async function inTurn<T>(work: () => T | Promise<T>): Promise<T> {
  waiting += 1;
  const turn = last.then(work).finally(() => (waiting -= 1));
  last = turn.catch(() => {});
  return turn;
}

const gone: Problem = error("", "lockout.aborted", "Nobody waits for this answer any more.");
const busy: Problem = error("", "lockout.busy", "Too many people ask at the moment. Change the box again in a minute to ask once more.");
