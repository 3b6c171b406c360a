import { Card } from "#components/ui/card.tsx";
import { Link } from "#components/ui/link.tsx";
import { MeaningIcon, meaningText } from "#components/ui/meaning.tsx";
import type { RejectedView, SensorsView } from "#lib/console/sensors.ts";

/** Sites whose last save the sensor rejected: it does its work, and yet what was saved is not what is served. */
export function RejectedSites({ rejected: { count, named } }: { rejected: SensorsView["rejected"] }) {
  if (count === 0) return null;
  return (
    <Card title={headingOf(count)}>
      <p className="text-quiet">
        The sensor could not serve what was saved last. The site’s page says why; put that right there and save again.
      </p>
      <ul className="grid gap-2">
        {named.map((site) => (
          <li key={site.siteId} className="flex min-w-0 items-start gap-2">
            <MeaningIcon meaning="danger" className={`mt-0.5 size-4 shrink-0 ${meaningText.danger}`} />
            <span className="min-w-0 wrap-anywhere">
              <Link href={`/settings/sites/${site.siteId}`} className="font-mono text-mono underline underline-offset-2">
                {site.hostName}
              </Link>
              : {outcomeOf(site)}
            </span>
          </li>
        ))}
      </ul>
      {count > named.length && <p>And {(count - named.length).toLocaleString("en-GB")} more: Sites says which.</p>}
    </Card>
  );
}

/** The heading, which the page's status says too. */
export function headingOf(count: number): string {
  return count === 1 ? "1 site’s saved revision is not served" : `${count.toLocaleString("en-GB")} sites’ saved revisions are not served`;
}

function outcomeOf({ revision, servingRevision }: RejectedView): string {
  if (servingRevision === null) return `revision ${revision} was rejected, and nothing serves in its place: every request gets 503.`;
  return `revision ${revision} was rejected, and revision ${servingRevision} left serving.`;
}
