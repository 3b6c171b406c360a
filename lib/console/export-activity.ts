import { readActivityQuery } from "#lib/console/activity-query.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { csvLine, download } from "#lib/console/download.ts";
import { activityFilter } from "#lib/console/load-activity.ts";
import { verdictWords } from "#lib/site/verdict-words.ts";
import type { LedgerEvent } from "#lib/store/store.ts";

/** More than the quotas let a site have. */
const mostRows = 1_000_000;

/**
 * The site's events that the request's URL asks for as a file, newest first, CSV or with `format=json` JSON; times are UTC.
 * Null when the tenant has no such site.
 */
export async function exportActivity(request: Request, context: ConsoleContext, siteId: string): Promise<Response | null> {
  const stored = await context.store.sites.get(context.tenant.id, siteId);
  if (!stored) return null;
  const parameters = new URL(request.url).searchParams;
  const filter = activityFilter(siteId, { ...readActivityQuery(parameters), before: null }, context.now);
  const pages = context.store.ledger.export(context.tenant.id, { ...filter, limit: mostRows });
  // A stored host name is letters, digits, hyphens and dots.
  const name = `tessera-activity-${stored.site.ok ? stored.site.value.hostName : siteId}-${context.now.toISOString().slice(0, 10)}`;
  return parameters.get("format") === "json"
    ? download(`${name}.json`, "application/json; charset=utf-8", jsonOf(pages))
    : download(`${name}.csv`, "text/csv; charset=utf-8", csvOf(pages));
}

async function* csvOf(pages: AsyncIterable<LedgerEvent[]>): AsyncGenerator<string> {
  yield csvLine(columns.map(([title]) => title));
  for await (const events of pages) yield events.map((event) => csvLine(columns.map(([, read]) => String(read(event) ?? "")))).join("");
}

async function* jsonOf(pages: AsyncIterable<LedgerEvent[]>): AsyncGenerator<string> {
  let separator = "[\n";
  for await (const events of pages)
    for (const { caller: _caller, ...event } of events) {
      yield separator + JSON.stringify(event);
      separator = ",\n";
    }
  yield separator === "[\n" ? "[]\n" : "\n]\n";
}

const columns: [title: string, read: (event: LedgerEvent) => string | number | null | undefined][] = [
  ["Row", ({ id }) => id],
  ["Time (UTC)", ({ at }) => at.toISOString()],
  ["Kind", ({ kind }) => kind],
  ["Outcome", ({ isRefused }) => (isRefused ? "refused" : "accepted")],
  ["Verdict", ({ verdict }) => verdict],
  ["In words", ({ verdict }) => verdictWords[verdict]],
  ["Code", ({ code }) => code],
  ["Reason", ({ reason }) => reason],
  ["Client address", ({ address }) => address],
  ["Server name", ({ serverName }) => serverName],
  ["TLS version", ({ protocol }) => protocol],
  ["Cipher", ({ cipher }) => cipher],
  ["ALPN", ({ alpn }) => alpn],
  ["Status", ({ status }) => status],
  ["Request ID", ({ requestId }) => requestId],
  ["Origin address", ({ originAddress }) => originAddress],
  ["Revision", ({ revision }) => revision],
  ["Subject", ({ subject, certificate }) => certificate?.subject ?? subject],
  ["Issuer", ({ certificate }) => certificate?.issuer],
  ["Serial number", ({ certificate }) => certificate?.serial],
  ["Not before (UTC)", ({ certificate }) => certificate?.notBefore.toISOString()],
  ["Not after (UTC)", ({ certificate }) => certificate?.notAfter.toISOString()],
  ["Names", ({ certificate }) => certificate?.names],
  ["Extended key usage", ({ certificate }) => certificate?.extendedKeyUsage],
  ["Key", ({ certificate }) => certificate?.key],
  ["SHA-256", ({ fingerprint }) => fingerprint],
];
