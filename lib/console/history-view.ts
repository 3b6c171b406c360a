import type { Difference } from "#lib/site/difference.ts";
import type { KeyField } from "#lib/site/schema.ts";

/** Everything the tab History shows: plain JSON, certificates as facts, keys as fingerprints. */
export type HistoryView = {
  siteId: string;
  /** Empty where the current revision cannot be read. */
  hostName: string;
  /** The current revision. */
  revision: number;
  /** Newest first. */
  revisions: RevisionView[];
  /** Where the older ones go on; null when these are all. */
  olderBefore: number | null;
  keys: KeyView[];
};

export type RevisionView = {
  number: number;
  author: string;
  savedAt: string;
  restoredFrom: number | null;
  isCurrent: boolean;
  /** Null when this revision or the one before it cannot be read. */
  changes: Difference[] | null;
  /** What restoring it would change now; empty for the current one and its likes, null when it cannot be read. */
  effect: Difference[] | null;
};

export type KeyView = {
  field: KeyField;
  publicKeySha256: string;
  storedAt: string;
  destroyed: { at: string; by: string } | null;
  revisions: { first: number; last: number; count: number };
  isCurrent: boolean;
};
