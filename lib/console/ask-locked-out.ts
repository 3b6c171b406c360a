import type { ConsoleContext } from "#lib/console/context.ts";
import { findLockedOut } from "#lib/console/locked-out.ts";
import { createTurns, type Passed } from "#lib/console/turns.ts";
import { mentionsPrivateKey } from "#lib/pki/pem-lines.ts";
import { largestPemBytes } from "#lib/pki/pem-size.ts";
import { mtlsHidden } from "#lib/site/feature.ts";
import type { Lockout } from "#lib/site/lockout.ts";
import { error, type Problem, type Result, refuse } from "#lib/site/problem.ts";

/** Who would be locked out by the CAs in the request's text, one question at a time for the whole console and one waiting of each person. Stores nothing. */
export async function askLockedOut(context: ConsoleContext, siteId: string, request: Request): Promise<Result<Lockout> | Response> {
  if (!context.hasMtlsFeature) return refuse(mtlsHidden);
  if (Number(request.headers.get("content-length") ?? largestPemBytes + 1) > largestPemBytes) return new Response(null, { status: 413 });
  const text = await request.text();
  // The page leaves keys out; one that comes all the same is not worked on.
  if (mentionsPrivateKey(text)) return new Response(null, { status: 400 });
  const { signal } = request;
  const asker = { group: context.tenant.id, key: context.author };
  const turn = await turns.take(asker, signal, () => findLockedOut(context, siteId, text, signal));
  return turn.isTaken ? turn.value : refuse(passed[turn.reason]);
}

/** However many ask, one core is not busy with more than one of them; each tenant has its own places to wait. */
const turns = createTurns({ most: 200, mostOfGroup: 20 });

const passed: Record<Passed, Problem> = {
  gone: error("", "lockout.aborted", "Nobody waits for this answer any more."),
  superseded: error(
    "",
    "lockout.superseded",
    "You have asked once more in the meantime, and that is answered. Change the box to ask here again.",
  ),
  busy: error("", "lockout.busy", "Too many people ask at the moment. Change the box again in a minute to ask once more."),
};
