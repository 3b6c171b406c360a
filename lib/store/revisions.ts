import { and, eq } from "drizzle-orm";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import { type Site, siteSchema } from "#lib/site/schema.ts";
import { changeCounter, revisions } from "#lib/store/console-tables.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";

/** One revision's content, judged by the schema again: what cannot be read is a problem of this site, not of its readers. */
export function getRevision(queries: Queries, siteId: string, number: number): Result<Site> {
  const row = queries
    .select({ content: revisions.content })
    .from(revisions)
    .where(and(eq(revisions.siteId, siteId), eq(revisions.number, number)))
    .get();
  return row ? readContent(row.content) : refuse(error("", "revision.not-found", `There is no revision ${number} of this site.`));
}

/** The stored JSON as a Site, or why it is none. */
export function readContent(content: string): Result<Site> {
  try {
    const site = siteSchema.safeParse(JSON.parse(content));
    if (site.success) return ok(site.data);
    const [issue] = site.error.issues;
    return unreadable(`${issue?.path.join(".")}: ${issue?.message}`);
  } catch {
    return unreadable("it is not JSON");
  }
}

/** Adds an immutable revision; the numbers come from the caller's transaction. */
export function addRevision(tx: Transaction, revision: typeof revisions.$inferInsert): void {
  tx.insert(revisions).values(revision).run();
}

/** The next global change number: counts up by one inside the writing transaction and is never given twice. */
export function nextChangeNumber(tx: Transaction): number {
  const value = newestChangeNumber(tx) + 1;
  tx.insert(changeCounter).values({ id: 1, value }).onConflictDoUpdate({ target: changeCounter.id, set: { value } }).run();
  return value;
}

/** The number of the newest change, 0 before the first. */
export function newestChangeNumber(queries: Queries): number {
  return queries.select().from(changeCounter).where(eq(changeCounter.id, 1)).get()?.value ?? 0;
}

function unreadable(reason: string): Result<never> {
  return refuse(error("", "revision.unreadable", `The stored revision cannot be read (${reason}).`));
}
