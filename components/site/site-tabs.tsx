import type { ReactNode } from "react";
import { TabPanel, Tabs } from "#components/ui/tabs.tsx";

type SiteTab = "Settings" | "Activity" | "History";

/** The tabs of Site Details around what the chosen one shows; a site that is not stored yet has none. */
export function SiteTabs({ siteId, current, children }: { siteId: string | null; current: SiteTab; children: ReactNode }) {
  if (siteId === null) return children;
  const tabs = [
    { label: "Settings", href: `/settings/sites/${siteId}` },
    { label: "Activity", href: `/settings/sites/${siteId}/activity` },
    { label: "History", href: `/settings/sites/${siteId}/history` },
  ];
  return (
    <>
      <Tabs label="Site Details" tabs={tabs} current={current} />
      <TabPanel current={current}>{children}</TabPanel>
    </>
  );
}
