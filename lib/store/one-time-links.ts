import { createHash, randomBytes, randomUUID } from "node:crypto";
import { and, desc, eq, gt, lte } from "drizzle-orm";
import { oneTimeLinks } from "#lib/store/account-tables.ts";
import type { Authorship } from "#lib/store/audit.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";

/** A link that was handed out: what for, to whom and until when. */
export type OneTimeLink = Omit<typeof oneTimeLinks.$inferSelect, "tokenSha256">;

type Purpose = OneTimeLink["purpose"];
type NewLink = Pick<OneTimeLink, "purpose" | "email" | "tenantId" | "role">;

/** How long a link can be used, in milliseconds. */
export const linkLifetimeMs: Record<Purpose, number> = { setup: 3_600_000, invitation: 86_400_000, "password-reset": 86_400_000 };

/** Makes a link and answers its token: 256 random bits that are stored as a hash and can never be shown again. */
export function addLink(tx: Transaction, link: NewLink, { author, now }: Authorship): string {
  const token = randomBytes(32).toString("base64url");
  tx.delete(oneTimeLinks).where(lte(oneTimeLinks.expiresAt, now)).run();
  const expiresAt = new Date(now.getTime() + linkLifetimeMs[link.purpose]);
  tx.insert(oneTimeLinks)
    .values({ id: randomUUID(), ...link, tokenSha256: hashOf(token), author, createdAt: now, expiresAt })
    .run();
  return token;
}

/** The link of a token as long as it can be used. It is looked up by its hash, so no comparison leaks how much of it fits. */
export function findLink(queries: Queries, purpose: Purpose, token: string, now: Date): OneTimeLink | null {
  const isUsable = and(eq(oneTimeLinks.tokenSha256, hashOf(token)), eq(oneTimeLinks.purpose, purpose), gt(oneTimeLinks.expiresAt, now));
  return queries.select(columns).from(oneTimeLinks).where(isUsable).get() ?? null;
}

/** The invitations to a tenant that can still be used, the newest first. */
export function listInvitations(queries: Queries, tenantId: string, now: Date): OneTimeLink[] {
  const isOpen = and(eq(oneTimeLinks.purpose, "invitation"), eq(oneTimeLinks.tenantId, tenantId), gt(oneTimeLinks.expiresAt, now));
  return queries.select(columns).from(oneTimeLinks).where(isOpen).orderBy(desc(oneTimeLinks.createdAt)).all();
}

/** Ends links: used ones, replaced ones, withdrawn ones. Answers how many there were. */
export function removeLinks(tx: Transaction, link: Partial<Pick<OneTimeLink, "id" | "purpose" | "email" | "tenantId" | "author">>): number {
  const conditions = (["id", "purpose", "email", "tenantId", "author"] as const).flatMap((name) => {
    const value = link[name];
    return value === undefined || value === null ? [] : [eq(oneTimeLinks[name], value)];
  });
  if (conditions.length === 0) return 0;
  return tx
    .delete(oneTimeLinks)
    .where(and(...conditions))
    .run().changes;
}

function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

const { id, purpose, email, tenantId, role, author, createdAt, expiresAt } = oneTimeLinks;
const columns = { id, purpose, email, tenantId, role, author, createdAt, expiresAt };
