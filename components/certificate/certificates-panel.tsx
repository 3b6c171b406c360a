"use client";

import { CertificateDays } from "#components/certificate/certificate-days.tsx";
import { daysAhead, readCertificateQuery, selectCertificates, writeCertificateQuery } from "#components/certificate/certificate-order.ts";
import { CertificatesTable } from "#components/certificate/certificates-table.tsx";
import { CertificatesToolbar } from "#components/certificate/certificates-toolbar.tsx";
import { NoticeList } from "#components/certificate/notice-list.tsx";
import { type WebhookActions, WebhookCard } from "#components/certificate/webhook-card.tsx";
import { Button } from "#components/ui/button.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { LinkButton } from "#components/ui/link-button.tsx";
import { StatusRegion, StatusText } from "#components/ui/status-region.tsx";
import { TabPanel, Tabs } from "#components/ui/tabs.tsx";
import { useUrlQuery } from "#components/ui/use-url-query.ts";
import type { CertificatesView } from "#lib/console/certificates-view.ts";

/** Settings → Certificates: what runs out when, what breaks then, and who is told. */
export function CertificatesPanel({ view, nowMs, actions }: { view: CertificatesView; nowMs: number; actions: WebhookActions }) {
  const [query, show] = useUrlQuery(readCertificateQuery, writeCertificateQuery);
  const shown = selectCertificates(view.rows, query);
  const isNarrowed = query.search.trim() !== "" || query.kind !== null;
  const current = query.view === "dates" ? "Dates" : "List";
  const hrefOf = (name: "list" | "dates") => {
    const written = writeCertificateQuery({ ...query, view: name });
    return `/settings/certificates${written && `?${written}`}`;
  };
  return (
    <div className="@container grid gap-6">
      <NoticeList rows={view.rows} />
      <div>
        <Tabs
          label="Certificates"
          tabs={[
            { label: "List", href: hrefOf("list") },
            { label: "Dates", href: hrefOf("dates") },
          ]}
          current={current}
        />
        <TabPanel current={current}>
          <div className="grid gap-3">
            <CertificatesToolbar query={query} onQuery={show} />
            <StatusRegion className="text-quiet">
              {isNarrowed && `${shown.length} of ${view.rows.length} certificates`}
              {query.kind === "client" &&
                view.isCutOff &&
                " · More clients were seen: those whose certificates run out later are left out."}
            </StatusRegion>
            {view.unreadable.length > 0 && (
              <StatusText meaning="danger">
                Nothing is known of the certificates of {view.unreadable.map(({ hostName }) => hostName).join(", ")}: the stored revision
                cannot be used. Open the site to see why.
              </StatusText>
            )}
            {view.rows.length === 0 ? (
              <NoCertificates />
            ) : query.view === "dates" ? (
              <CertificateDays {...daysAhead(shown, query.span, nowMs)} query={query} onQuery={show} />
            ) : shown.length > 0 ? (
              <CertificatesTable rows={shown} query={query} onQuery={show} />
            ) : (
              <EmptyState
                title="No certificate matches"
                action={isNarrowed && <Button onClick={() => show({ ...query, search: "", kind: null })}>Clear filters</Button>}
              >
                <p>
                  {query.kind === "client" && query.search.trim() === ""
                    ? "No client has shown a certificate that a CA of your sites signed. They are listed here once they have."
                    : "The search looks at names, issuers, fingerprints and the host names of sites."}
                </p>
              </EmptyState>
            )}
          </div>
        </TabPanel>
      </div>
      <WebhookCard view={view} actions={actions} />
    </div>
  );
}

function NoCertificates() {
  return (
    <EmptyState title="No certificates yet" action={<LinkButton href="/settings/sites">Go to Sites</LinkButton>}>
      <p>
        The certificates of your sites, the CAs they trust and the certificates their clients show are listed here, first to expire first.
      </p>
      <p>A site has its first one when SSL/TLS is enabled in its Site Details.</p>
    </EmptyState>
  );
}
