"use client";

import { DifferenceList } from "#components/site/difference-list.tsx";
import { readOnlyNoteId } from "#components/site/read-only-note.tsx";
import type { Restore } from "#components/site/use-restore.ts";
import { Badge } from "#components/ui/badge.tsx";
import { Button } from "#components/ui/button.tsx";
import { StatusText } from "#components/ui/status-region.tsx";
import { Time } from "#components/ui/time.tsx";
import type { RevisionView } from "#lib/console/history-view.ts";
import { labelOf } from "#lib/site/label.ts";

/** One revision: who saved it, when and what it changed; on Restore first what that would change now. */
export function RevisionCard({ revision, next, restore }: { revision: RevisionView; next: number; restore: Restore }) {
  const { number, author, savedAt, restoredFrom, isCurrent, changes, effect } = revision;
  const isChosen = restore.chosen === number;
  return (
    <article aria-labelledby={`revision-${number}`} className="card grid gap-3 px-4 py-3 sm:px-6">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h2 id={`revision-${number}`} className="font-semibold">
          Revision {number}
        </h2>
        {isCurrent && <Badge meaning="good">Current</Badge>}
        <p className="min-w-0 text-quiet wrap-anywhere">
          {author} · <Time value={savedAt} />
          {restoredFrom !== null && ` · restored from revision ${restoredFrom}`}
        </p>
        {effect !== null && effect.length > 0 && !isChosen && (
          <Button
            className="ml-auto"
            aria-label={`Restore revision ${number}`}
            disabled={restore.isReadOnly}
            aria-describedby={restore.isReadOnly ? readOnlyNoteId : undefined}
            onClick={() => restore.choose(number)}
          >
            Restore
          </Button>
        )}
      </div>
      <Changes changes={changes} isFirst={number === 1} />
      {isChosen && effect !== null && (
        <section aria-label={`Restore revision ${number}`} className="grid gap-2 border-t border-line pt-3">
          <p className="font-medium">
            Restoring makes revision {next} out of this one. Compared with the current revision {next - 1}:
          </p>
          <DifferenceList differences={effect} />
          <p className="text-quiet">
            Private keys come back with their certificates. The current revision stays in this list and can be restored in the same way.
          </p>
          <div role="alert" className="grid gap-1 empty:hidden">
            {restore.problems.map(({ path, code, message }) => (
              <StatusText key={`${path} ${code} ${message}`} meaning="danger">
                {labelOf(path) ? `${labelOf(path)}: ${message}` : message}
              </StatusText>
            ))}
          </div>
          <div className="flex flex-wrap gap-2">
            <Button onClick={() => restore.choose(null)}>Cancel</Button>
            <Button variant="primary" isBusy={restore.isBusy} onClick={restore.confirm}>
              Restore as revision {next}
            </Button>
          </div>
        </section>
      )}
    </article>
  );
}

function Changes({ changes, isFirst }: { changes: RevisionView["changes"]; isFirst: boolean }) {
  if (changes === null) return <StatusText meaning="danger">This revision, or the one before it, cannot be read.</StatusText>;
  if (changes.length === 0) return <p className="text-quiet">{isFirst ? "An empty form." : "Nothing differs from the revision before."}</p>;
  return <DifferenceList differences={changes} />;
}
