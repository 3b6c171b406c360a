import { and, eq, gt, isNull } from "drizzle-orm";
import type { Result } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";
import type { Connection } from "#lib/store/connection.ts";
import { siteNames, sites } from "#lib/store/console-tables.ts";
import type { Queries } from "#lib/store/database.ts";
import { newestChangeNumber, readContent } from "#lib/store/revisions.ts";
import { type CurrentRow, currentRows } from "#lib/store/sites.ts";

/** A site's current revision, as a reader that follows the changes gets it. */
export type SiteChanged = {
  siteId: string;
  tenantId: string;
  changeNumber: number;
  revision: number;
  isDeleted: boolean;
  /** The site's names as its last save took them: known also when the content cannot be read. */
  names: string[];
  committedAt: Date;
  site: Result<Site>;
};

/** `isWhole`: these are all sites there are; one that is not among them is gone. */
export type Changes = { changeNumber: number; isWhole: boolean; sites: SiteChanged[] };

export type ChangeReader = { hasMoved(): boolean; since(changeNumber: number): Changes };

/** Follows the sites by their change numbers: a call costs by what changed, not by how many sites there are. */
export function createChangeReader(connection: Connection): ChangeReader {
  let generation = 0;

  /** After another file took the place of the one read before, its numbers say nothing: then everything is read again. */
  function since(changeNumber: number): Changes {
    return connection.readTogether((queries) => {
      const newest = newestChangeNumber(queries);
      const isSameFile = generation === connection.generation();
      const from = isSameFile && changeNumber <= newest ? changeNumber : 0;
      const changed = currentRows(queries, gt(sites.changeNumber, from)).map((row) => siteChanged(queries, row));
      generation = connection.generation();
      return { changeNumber: newest, isWhole: from === 0, sites: changed };
    });
  }

  return { hasMoved: () => connection.hasMoved(), since };
}

function siteChanged(queries: Queries, row: CurrentRow): SiteChanged {
  const { id, tenantId, changeNumber, revision, isDeleted, savedAt } = row;
  return {
    siteId: id,
    tenantId,
    changeNumber,
    revision,
    isDeleted,
    names: namesOfSite(queries, id),
    committedAt: savedAt,
    site: readContent(row.content),
  };
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
