"use client";

import { useEffect, useState } from "react";
import { useWatch } from "react-hook-form";
import { PageHeader } from "#components/shell/page-header.tsx";
import { BackendSection } from "#components/site/backend-section.tsx";
import { DeleteSite } from "#components/site/delete-site.tsx";
import { sectionOf } from "#components/site/form-problems.ts";
import { ListenerSection } from "#components/site/listener-section.tsx";
import { ProblemSummary } from "#components/site/problem-summary.tsx";
import { ProxySection } from "#components/site/proxy-section.tsx";
import { ReadOnlyNote } from "#components/site/read-only-note.tsx";
import { SectionSummary } from "#components/site/section-summary.tsx";
import { ServingStatus } from "#components/site/serving-status.tsx";
import { SiteFormContext, useSite } from "#components/site/site-form-context.ts";
import { SiteSaveBar } from "#components/site/site-save-bar.tsx";
import { SiteTabs } from "#components/site/site-tabs.tsx";
import { SslTlsSection } from "#components/site/ssl-tls-section.tsx";
import { UnsavedQuestion } from "#components/site/unsaved-question.tsx";
import { type SiteActions, useSiteForm } from "#components/site/use-site-form.ts";
import { classes } from "#components/ui/classes.ts";
import { Section } from "#components/ui/section.tsx";
import { useIsHydrated } from "#components/ui/use-is-hydrated.ts";
import type { SiteView } from "#lib/console/site-view.ts";
import type { SectionName } from "#lib/site/summary.ts";

const sections = [
  { name: "listener", title: "Listener Configuration", Content: ListenerSection },
  { name: "ssl-tls", title: "SSL/TLS Configuration", Content: SslTlsSection },
  { name: "backend", title: "Backend Configuration", Content: BackendSection },
  { name: "proxy", title: "Proxy Configuration", Content: ProxySection },
] as const;

/** Site Details: one form for a new site and for one that exists. */
export function SiteForm({ initial, actions }: { initial: SiteView; actions: SiteActions }) {
  const site = useSiteForm(initial, actions);
  const { view, problems, refusals, isOpening } = site;
  const isReady = useIsHydrated();
  const [folded, setFolded] = useState<ReadonlySet<SectionName>>(new Set());

  function fold(name: SectionName, isOpen: boolean) {
    setFolded((before) => (isOpen ? before.difference(new Set([name])) : before.union(new Set([name]))));
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: a section opens once per refused save and may be folded again.
  useEffect(() => {
    for (const { path, severity } of problems) {
      const name = severity === "error" ? sectionOf(path) : null;
      if (name) fold(name, true);
    }
  }, [refusals]);

  return (
    <SiteFormContext value={site}>
      <div className="max-w-[880px]">
        <PageHeader title="Site Details" trail={[{ label: "Sites", href: "/settings/sites" }, { label: <SiteName /> }]}>
          <ServingStatus />
        </PageHeader>
        <SiteTabs siteId={view.siteId} current="Settings">
          <form noValidate inert={isOpening} aria-busy={isOpening} onSubmit={(event) => event.preventDefault()}>
            {/* What is typed before the page is alive would be lost. */}
            <fieldset role="presentation" disabled={!isReady} className="grid min-w-0 gap-4 disabled:[--sunken:var(--surface)]">
              {view.isReadOnly && <ReadOnlyNote />}
              <ProblemSummary onFollow={(path) => fold(sectionOf(path) ?? "listener", true)} />
              {sections.map(({ name, title, Content }) => (
                <Section
                  key={name}
                  title={title}
                  summary={<SectionSummary name={name} />}
                  isOpen={!folded.has(name)}
                  onOpenChange={(isOpen) => fold(name, isOpen)}
                >
                  <fieldset
                    role="presentation"
                    disabled={view.isReadOnly}
                    className={classes("grid min-w-0 gap-3", view.isReadOnly && onlyToRead)}
                  >
                    <Content />
                  </fieldset>
                </Section>
              ))}
              <SiteSaveBar />
            </fieldset>
          </form>
          {view.siteId !== null && !view.isReadOnly && <DeleteSite actions={actions} />}
        </SiteTabs>
      </div>
      <UnsavedQuestion />
    </SiteFormContext>
  );
}

// The note says once that nothing can be changed: buttons that would do nothing are left out.
const onlyToRead = "[&_button]:hidden [&_[data-editing]]:hidden";

function SiteName() {
  return useWatch({ control: useSite().form.control, name: "hostName" }).trim() || "Add Site";
}
