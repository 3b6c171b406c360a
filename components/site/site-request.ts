import type { SiteView } from "#lib/console/site-view.ts";

/** What is stored of a site now; throws where the console does not answer, or not with the site. */
export async function fetchSiteView(siteId: string): Promise<SiteView> {
  const answer = await fetch(`/api/sites/${siteId}`, { cache: "no-store" });
  if (!answer.ok) throw new Error(`The console answered ${answer.status}.`);
  return answer.json();
}
