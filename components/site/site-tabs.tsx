import type { ReactNode } from "react";
import { TabPanel, Tabs } from "#components/ui/tabs.tsx";

/** The tabs of Site Details around what the chosen one shows; a site that is not stored yet has none. */
export function SiteTabs({ siteId, current, children }: { siteId: string | null; current: "Settings" | "History"; children: ReactNode }) {
  if (siteId === null) return children;
  const tabs = [
    { label: "Settings", href: `/settings/sites/${siteId}` },
    { label: "History", href: `/settings/sites/${siteId}/history` },
  ];
  return (
    <>
      <Tabs label="Site Details" tabs={tabs} current={current} />
      <TabPanel current={current}>{children}</TabPanel>
    </>
  );
}
