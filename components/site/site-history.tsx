"use client";

import { PageHeader } from "#components/shell/page-header.tsx";
import { type DestroyKey, PrivateKeys } from "#components/site/private-keys.tsx";
import { ReadOnlyNote } from "#components/site/read-only-note.tsx";
import { RevisionCard } from "#components/site/revision-card.tsx";
import { SiteTabs } from "#components/site/site-tabs.tsx";
import { type RestoreSite, useRestore } from "#components/site/use-restore.ts";
import { LinkButton } from "#components/ui/link-button.tsx";
import type { HistoryView } from "#lib/console/history-view.ts";

type SiteHistoryProps = { history: HistoryView; isReadOnly: boolean; actions: { restore: RestoreSite; destroyKey: DestroyKey } };

/** The tab History: every revision with its difference to the one before, the way back to it, and the stored keys. */
export function SiteHistory({ history, isReadOnly, actions }: SiteHistoryProps) {
  const { siteId, hostName, revisions, olderBefore } = history;
  const restore = useRestore(history, isReadOnly, actions.restore);
  const isNewest = revisions[0]?.isCurrent === true;
  return (
    <div className="max-w-[880px]">
      <PageHeader title="Site Details" trail={[{ label: "Sites", href: "/settings/sites" }, { label: hostName || siteId }]} />
      <SiteTabs siteId={siteId} current="History">
        {isReadOnly && (
          <div className="mb-3">
            <ReadOnlyNote />
          </div>
        )}
        <ol aria-label="Revisions" className="grid gap-3">
          {revisions.map((revision) => (
            <li key={revision.number}>
              <RevisionCard revision={revision} next={history.revision + 1} restore={restore} />
            </li>
          ))}
        </ol>
        <div className="mt-3 flex flex-wrap gap-2">
          {!isNewest && <LinkButton href="?">Newest revisions</LinkButton>}
          {olderBefore !== null && <LinkButton href={`?before=${olderBefore}`}>Older revisions</LinkButton>}
        </div>
        {hostName !== "" && <PrivateKeys history={history} isReadOnly={isReadOnly} destroy={actions.destroyKey} />}
      </SiteTabs>
    </div>
  );
}
