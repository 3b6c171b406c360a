import { CertificateList } from "#components/site/certificate-list.tsx";
import type { Difference } from "#lib/site/difference.ts";
import { labels } from "#lib/site/label.ts";

/** What differs between two revisions, field by field: phrases first, then what came and went. */
export function DifferenceList({ differences }: { differences: readonly Difference[] }) {
  return (
    <ul className="grid gap-2">
      {differences.map(({ field, phrases, items }) => (
        <li key={field} className="grid min-w-0 gap-1">
          <span className="wrap-anywhere">{phrases.join(" · ")}</span>
          {items.length > 0 && (
            <ul aria-label={labels[field]} className="grid gap-1.5 border-l border-line pl-3">
              {items.map(({ verb, text, certificate }) => (
                <li key={`${verb} ${text}`} className="grid min-w-0 gap-0.5">
                  <span className="text-small text-quiet">{verb}</span>
                  {certificate ? (
                    <CertificateList facts={[certificate]} />
                  ) : (
                    <span className="font-mono text-mono wrap-anywhere">{text}</span>
                  )}
                </li>
              ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  );
}
