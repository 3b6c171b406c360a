import { PageHeader } from "#components/shell/page-header.tsx";
import { SiteTabs } from "#components/site/site-tabs.tsx";
import { StatusText } from "#components/ui/status-region.tsx";
import type { Problem } from "#lib/site/problem.ts";

/** In the place of the form of a site whose stored revision this version of the console cannot read. */
export function UnreadableSite({ siteId, problems }: { siteId: string; problems: readonly Problem[] }) {
  return (
    <div className="max-w-[880px]">
      <PageHeader title="Site Details" trail={[{ label: "Sites", href: "/settings/sites" }, { label: "Unreadable" }]} />
      <SiteTabs siteId={siteId} current="Settings">
        <div className="card grid gap-3 p-4 sm:p-6">
          <StatusText meaning="danger">The stored revision of this site cannot be read, so it cannot be edited here.</StatusText>
          <p>
            The sensor keeps what it served before. Start the version of the product that wrote this revision, or restore an older one under
            History.
          </p>
          <ul className="grid list-disc gap-1 pl-5 text-quiet">
            {problems.map(({ path, code, message }) => (
              <li key={`${path} ${code}`} className="wrap-anywhere">
                {message}
              </li>
            ))}
          </ul>
        </div>
      </SiteTabs>
    </div>
  );
}
