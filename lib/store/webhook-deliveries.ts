import { and, asc, desc, eq, gt, inArray, lt, lte, or, sql } from "drizzle-orm";
import type { CertificateKind } from "#lib/site/certificate-kind.ts";
import { isDelivered, type WebhookOutcome } from "#lib/site/webhook-outcome.ts";
import type { Queries, Transaction } from "#lib/store/database.ts";
import { webhookDeliveries } from "#lib/store/notice-tables.ts";

/** The certificates that a message tells of: site, use and fingerprint of each. */
export type NoticePlace = [siteId: string, use: CertificateKind, fingerprint: string];

/** A message that has not been accepted yet. */
export type PendingDelivery = { id: string; tenantId: string; body: string; attempts: number };

/** A message to a tenant's webhook and how it went, as pages show it. */
export type WebhookDelivery = {
  id: string;
  createdAt: Date;
  state: "pending" | "delivered" | "given-up" | "withdrawn";
  /** How many certificates it tells of. */
  count: number;
  attempts: number;
  /** When it is tried next; null once it is not. */
  nextAt: Date | null;
  last: { at: Date; outcome: WebhookOutcome } | null;
};

const second = 1_000;
const hour = 3_600 * second;

/** The pauses before the second and each further attempt; after the last one a message is given up, a day and a half later. */
export const retryPausesMs = [5 * second, 300 * second, hour / 2, 2 * hour, 5 * hour, 10 * hour, 18 * hour] as const;

const longestPauseMs = 18 * hour;
/** A tenant's messages that wait at most: beyond them the oldest are given up. */
const mostPending = 50;
const keptMs = 30 * 24 * hour;

/** Takes messages in and makes room for them. */
export function addDeliveries(
  tx: Transaction,
  messages: readonly { id: string; tenantId: string; body: string; places: NoticePlace[] }[],
  now: Date,
): void {
  const isOld = lt(webhookDeliveries.createdAt, new Date(now.getTime() - keptMs));
  tx.delete(webhookDeliveries)
    .where(and(isOld, inArray(webhookDeliveries.state, ["delivered", "given-up", "withdrawn"])))
    .run();
  for (const message of messages) {
    tx.insert(webhookDeliveries)
      .values({ ...message, createdAt: now, nextAt: now, state: "pending", attempts: 0 })
      .run();
    const isWaiting = and(eq(webhookDeliveries.tenantId, message.tenantId), eq(webhookDeliveries.state, "pending"));
    const waiting = tx.select({ id: webhookDeliveries.id }).from(webhookDeliveries).where(isWaiting);
    const excess = waiting.orderBy(desc(webhookDeliveries.createdAt)).limit(1_000).offset(mostPending).all();
    for (const { id } of excess) end(tx, id, "given-up");
  }
}

/**
 * The messages to try now, each tenant's oldest one alone: a tenant's later ones wait for their turn, other tenants' do not.
 * One that should wait longer than it ever may was put off by a clock that went back.
 */
export function dueDeliveries(queries: Queries, now: Date): PendingDelivery[] {
  const { id, tenantId, body, attempts, nextAt, createdAt, state } = webhookDeliveries;
  const isDue = or(lte(nextAt, now), gt(nextAt, new Date(now.getTime() + longestPauseMs)));
  const rows = queries
    .select({ id, tenantId, body, attempts })
    .from(webhookDeliveries)
    .where(and(sql`${state} = 'pending'`, isDue))
    .orderBy(asc(createdAt))
    .limit(1_000)
    .all();
  return [...new Map(rows.toReversed().map((row) => [row.tenantId, row])).values()];
}

/** Writes down how an attempt went and when the next one is; nothing for a message that is not pending any more. */
export function recordAttempt(tx: Transaction, id: string, outcome: WebhookOutcome, now: Date): WebhookDelivery["state"] | null {
  const place = and(eq(webhookDeliveries.id, id), eq(webhookDeliveries.state, "pending"));
  const row = tx.select({ attempts: webhookDeliveries.attempts }).from(webhookDeliveries).where(place).get();
  if (row === undefined) return null;
  const pauseMs = retryPausesMs[row.attempts];
  // 410 Gone: the receiver says that it wants nothing any more.
  const isOver = pauseMs === undefined || ("status" in outcome && outcome.status === 410);
  const state = isDelivered(outcome) ? "delivered" : isOver ? "given-up" : "pending";
  tx.update(webhookDeliveries)
    .set({
      state,
      attempts: row.attempts + 1,
      nextAt: new Date(now.getTime() + (pauseMs ?? 0)),
      lastAt: now,
      lastStatus: "status" in outcome ? outcome.status : null,
      lastReason: "reason" in outcome ? outcome.reason : null,
    })
    .where(place)
    .run();
  return state;
}

/** What waits, with the certificates that it tells of. */
export function pendingPlaces(queries: Queries): { id: string; tenantId: string; places: NoticePlace[] }[] {
  const { id, tenantId, places, state } = webhookDeliveries;
  return queries.select({ id, tenantId, places }).from(webhookDeliveries).where(sql`${state} = 'pending'`).all();
}

/** Takes back messages whose reason is gone. */
export function withdrawDeliveries(tx: Transaction, ids: readonly string[]): void {
  for (const id of ids) end(tx, id, "withdrawn");
}

/** A tenant's newest messages, newest first. */
export function listDeliveries(queries: Queries, tenantId: string, limit: number): WebhookDelivery[] {
  const rows = queries.select().from(webhookDeliveries).where(eq(webhookDeliveries.tenantId, tenantId));
  const newest = rows.orderBy(desc(webhookDeliveries.createdAt)).limit(limit).all();
  return newest.map(({ id, createdAt, state, places, attempts, nextAt, lastAt, lastStatus, lastReason }) => ({
    id,
    createdAt,
    state,
    count: new Set(places.map(([, use, fingerprint]) => `${use} ${fingerprint}`)).size,
    attempts,
    nextAt: state === "pending" ? nextAt : null,
    last: lastAt && { at: lastAt, outcome: lastStatus === null ? { reason: lastReason ?? "" } : { status: lastStatus } },
  }));
}

function end(tx: Transaction, id: string, state: "given-up" | "withdrawn"): void {
  tx.update(webhookDeliveries).set({ state }).where(eq(webhookDeliveries.id, id)).run();
}
