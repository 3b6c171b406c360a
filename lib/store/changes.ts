import { and, eq, gt, isNull } from "drizzle-orm";
import type { Connection } from "#lib/store/connection.ts";
import { revisions, siteNames, sites } from "#lib/store/console-tables.ts";
import type { Queries } from "#lib/store/database.ts";
import { newestChangeNumber } from "#lib/store/revisions.ts";

/** That a site has another current revision, as a reader that follows the changes gets it; the content it reads when it needs it. */
export type SiteChanged = {
  siteId: string;
  tenantId: string;
  changeNumber: number;
  revision: number;
  isDeleted: boolean;
  /** The site's names as its last save took them: known also when the content cannot be read. */
  names: string[];
  /** Null where all sites were read, of which nobody asks how long ago they were saved. */
  committedAt: Date | null;
};

/** In the order of their change numbers. `isWhole`: these are all sites there are; one that is not among them is gone. */
export type Changes = { changeNumber: number; isWhole: boolean; sites: SiteChanged[] };

export type ChangeReader = { hasMoved(): boolean; since(changeNumber: number | null): Changes };

/** Follows the sites by their change numbers: a call costs by what changed, not by how many sites there are. */
export function createChangeReader(connection: Connection): ChangeReader {
  let generation = 0;

  /** Null asks for all. After another file took the place of the one read before, its numbers say nothing: then everything is read again. */
  function since(changeNumber: number | null): Changes {
    return connection.readTogether((queries) => {
      const newest = newestChangeNumber(queries);
      const isSameFile = generation === connection.generation();
      const isWhole = changeNumber === null || !isSameFile || changeNumber > newest;
      const changed = isWhole ? allSites(queries) : changedSites(queries, changeNumber);
      generation = connection.generation();
      return { changeNumber: newest, isWhole, sites: changed };
    });
  }

  return { hasMoved: () => connection.hasMoved(), since };
}

const place = {
  siteId: sites.id,
  tenantId: sites.tenantId,
  changeNumber: sites.changeNumber,
  revision: sites.revision,
  isDeleted: sites.isDeleted,
};

/** Each step meets an index: the sites by change number, their revisions and names by site. */
export function changedSites(queries: Queries, changeNumber: number): SiteChanged[] {
  const ofCurrent = and(eq(revisions.siteId, sites.id), eq(revisions.number, sites.revision));
  const rows = queries
    .select({ ...place, committedAt: revisions.savedAt })
    .from(sites)
    .innerJoin(revisions, ofCurrent)
    .where(gt(sites.changeNumber, changeNumber))
    .orderBy(sites.changeNumber)
    .all();
  return rows.map((row) => ({ ...row, names: namesOfSite(queries, row.siteId) }));
}

/** Two passes over short rows: of ten thousand sites no content is read, which is most of the file. */
function allSites(queries: Queries): SiteChanged[] {
  const names = new Map<string, string[]>();
  const held = queries.select({ siteId: siteNames.siteId, name: siteNames.name }).from(siteNames).where(isNull(siteNames.reservedUntil));
  for (const { siteId, name } of held.all()) names.set(siteId, [...(names.get(siteId) ?? []), name]);
  const rows = queries.select(place).from(sites).where(eq(sites.isDeleted, false)).orderBy(sites.changeNumber).all();
  return rows.map((row) => ({ ...row, names: names.get(row.siteId) ?? [], committedAt: null }));
}

function namesOfSite(queries: Queries, siteId: string): string[] {
  const isHeld = and(eq(siteNames.siteId, siteId), isNull(siteNames.reservedUntil));
  return queries
    .select({ name: siteNames.name })
    .from(siteNames)
    .where(isHeld)
    .all()
    .map(({ name }) => name);
}
