import type { LedgerVerdict } from "#lib/site/verdict.ts";
import type { Connection } from "#lib/store/connection.ts";
import { type SeenClient, type SeenClientsFilter, seenClients } from "#lib/store/ledger-clients.ts";
import {
  type BareCaller,
  eventsOfRequest,
  type LedgerEvent,
  type LedgerFilter,
  listBareCallers,
  listEvents,
} from "#lib/store/ledger-events.ts";
import { type CallerGroup, type GroupFilter, listGroups, listTroubles, seenChains, type Trouble } from "#lib/store/ledger-groups.ts";
import { type Plot, type PlotRange, readPlot } from "#lib/store/ledger-plot.ts";
import { type SeenCertificate, seenCertificates } from "#lib/store/ledger-seen.ts";
import { currentRevisions } from "#lib/store/serving-states.ts";
import { getCurrentRow } from "#lib/store/sites.ts";

/**
 * What the console reads of the ledger. Each function with a tenant answers nothing of another tenant's sites; what came
 * for no site (`siteId: null`) has no tenant, and only a Channel Admin may list it (`tenantId: null`).
 */
export type LedgerReader = {
  events(tenantId: string | null, filter: LedgerFilter): Promise<LedgerEvent[]>;
  groups(tenantId: string | null, filter: GroupFilter): Promise<CallerGroup[]>;
  /** Who came without a certificate, by address. */
  bareCallers(tenantId: string, siteId: string, limit: number): Promise<BareCaller[]>;
  troubles(tenantId: string | null, siteId: string | null, verdicts: readonly LedgerVerdict[]): Promise<Trouble[]>;
  plot(tenantId: string | null, range: PlotRange): Promise<Plot>;
  /**
   * The rows of one request of the tenant's sites, or of no site: a request id is a random number that only the caller
   * was told, so who knows it may also see the refusal that no site stands behind.
   */
  request(tenantId: string, requestId: string): Promise<LedgerEvent[]>;
  /** Of all the tenant's sites, first to run out first. */
  clients(tenantId: string, filter: Omit<SeenClientsFilter, "siteIds">): Promise<SeenClient[]>;
  /** For each certificate the issuers it was last seen to be sent with at the site; at most 500 are asked for at once. */
  chains(tenantId: string | null, siteId: string | null, fingerprints: readonly string[]): Promise<Map<string, string[]>>;
  certificates(fingerprints: readonly string[]): Promise<(SeenCertificate & { der: Buffer })[]>;
  /** All rows that match, newest first, a few at a time; what is added meanwhile is left out. `limit` is for all. */
  export(tenantId: string | null, filter: LedgerFilter): AsyncIterable<LedgerEvent[]>;
};

const exportPage = 500;

export function ledgerReaderOf(consoleDb: Connection, sensorDb: Connection): LedgerReader {
  const events: LedgerReader["events"] = async (tenantId, filter) =>
    mayRead(tenantId, filter.siteId) ? sensorDb.read((queries) => listEvents(queries, filter)) : [];
  return {
    events,
    groups: async (tenantId, filter) => (mayRead(tenantId, filter.siteId) ? sensorDb.read((queries) => listGroups(queries, filter)) : []),
    bareCallers: async (tenantId, siteId, limit) =>
      mayRead(tenantId, siteId) ? sensorDb.read((queries) => listBareCallers(queries, siteId, limit)) : [],
    troubles: async (tenantId, siteId, verdicts) =>
      mayRead(tenantId, siteId) ? sensorDb.read((queries) => listTroubles(queries, siteId, verdicts)) : [],
    plot: async (tenantId, range) =>
      mayRead(tenantId, range.siteId) ? sensorDb.readTogether((queries) => readPlot(queries, range)) : nothing(),
    request: async (tenantId, requestId) => {
      const found = sensorDb.read((queries) => eventsOfRequest(queries, requestId));
      return found.filter(({ siteId }) => siteId === null || mayRead(tenantId, siteId));
    },
    clients: async (tenantId, filter) => {
      const siteIds = consoleDb.read((queries) => currentRevisions(queries, tenantId)).map(({ id }) => id);
      return sensorDb.readTogether((queries) => seenClients(queries, { ...filter, siteIds }));
    },
    chains: async (tenantId, siteId, fingerprints) =>
      mayRead(tenantId, siteId) ? sensorDb.read((queries) => seenChains(queries, siteId, fingerprints)) : new Map(),
    certificates: async (fingerprints) => sensorDb.readTogether((queries) => seenCertificates(queries, fingerprints)),
    async *export(tenantId, filter) {
      let left = filter.limit;
      let before = filter.before;
      while (left > 0) {
        const page = await events(tenantId, { ...filter, since: undefined, before, limit: Math.min(left, exportPage) });
        if (page.length > 0) yield page;
        if (page.length < Math.min(left, exportPage)) return;
        left -= page.length;
        before = page.at(-1)?.id;
      }
    },
  };

  function mayRead(tenantId: string | null, siteId: string | null): boolean {
    if (siteId === null || tenantId === null) return siteId === tenantId;
    return consoleDb.read((queries) => getCurrentRow(queries, siteId)?.tenantId === tenantId);
  }
}

function nothing(): Plot {
  return { buckets: [], losses: { dropped: 0, evicted: 0 }, keptSince: null };
}
