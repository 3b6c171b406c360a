import { pemBlocks } from "#lib/site/changes.ts";
import type { SiteDraft } from "#lib/site/schema.ts";

type Downstream = Pick<SiteDraft, "isDownstreamMtls" | "downstreamMtlsCredentials">;

/** What saving `after` over `before` takes from clients: the first enforcement, or this many CAs; null where nobody can lose access. */
export type Narrowing = { kind: "turns-on" } | { kind: "removes-cas"; count: number };

/** Judged by the text alone, in the browser, so that the question stands before the save; the sensor's own word is `lib/site/trust`. */
export function narrowingOf(before: Downstream, after: Downstream): Narrowing | null {
  if (after.isDownstreamMtls !== true) return null;
  if (before.isDownstreamMtls !== true) return { kind: "turns-on" };
  const kept = pemBlocks(after.downstreamMtlsCredentials ?? "");
  const removed = pemBlocks(before.downstreamMtlsCredentials ?? "").difference(kept);
  return removed.size === 0 ? null : { kind: "removes-cas", count: removed.size };
}

/** Whether who may connect differs at all. */
export function isDownstreamChanged(before: Downstream, after: Downstream): boolean {
  if ((before.isDownstreamMtls === true) !== (after.isDownstreamMtls === true)) return true;
  const [was, is] = [before, after].map((draft) => pemBlocks(draft.downstreamMtlsCredentials ?? ""));
  return (was?.symmetricDifference(is ?? new Set()).size ?? 0) > 0;
}
