import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "#lib/log.ts";
import { nameOf } from "#lib/pki/certificate.ts";
import type { Use } from "#lib/site/certificate-kind.ts";
import { certificateUses } from "#lib/site/certificate-uses.ts";
import { type CompiledSite, compileSite } from "#lib/site/compile.ts";
import { dayMs, dueThreshold } from "#lib/site/expiry-threshold.ts";
import { withoutRenewed } from "#lib/site/renewed-clients.ts";
import type { ExpiryNotice, SensorStore } from "#lib/store/store.ts";
import { type DatedUse, messagesOf, type Notice, noticesOf } from "#sensor/notice-message.ts";
import { createClockWatch } from "#sensor/steady-clock.ts";

/**
 * When the first certificate of each use runs out, in seconds since 1970; null for a site that is gone. `isWhole`: other sites
 * there are none.
 */
export type Expiries = { isWhole: boolean; sites: [siteId: string, uses: Partial<Record<Use, number>> | null][] };

export type ExpirySweepOptions = {
  store: Pick<SensorStore, "changes" | "revisions" | "webhooks" | "notices">;
  log: Logger;
  /** What has changed of what the sites' certificates allow. */
  onExpiries?: (expiries: Expiries) => void;
  /** Wall clock in milliseconds, and one that only goes on. */
  now?: () => number;
  steady?: () => number;
};

/** Of a certificate's contents only what is told: ten thousand sites have many. */
type Watched = { tenantId: string; hostName: string; isDemanding: boolean; uses: DatedUse[] };

const pauseMs = 60_000;
/** Clients' certificates come and go slowly, and there may be many. */
const clientsPauseMs = 600_000;
const mostClients = 25_000;
/** What was told of a certificate that nothing uses is remembered so long, should it come back. */
const rememberedMs = 90 * dayMs;

/**
 * Answers a function that looks at every certificate and tells what is due, once: a row, a line in the log and a message to the
 * tenant's webhook, in one transaction. Throws only `store.unavailable`; the next call tries again.
 */
export function createExpirySweep({
  store,
  log,
  onExpiries = () => {},
  now = Date.now,
  steady = () => performance.now(),
}: ExpirySweepOptions) {
  const sites = new Map<string, Watched>();
  const isClockSteady = createClockWatch();
  let changeNumber: number | null = null;
  let hasUnread = true;
  let sweptAt = Number.NEGATIVE_INFINITY;
  let clients: { readAt: number; uses: DatedUse[] } = { readAt: Number.NEGATIVE_INFINITY, uses: [] };
  return sweep;

  async function sweep(): Promise<void> {
    if (await store.changes.hasMoved()) hasUnread = true;
    const steadyMs = steady();
    if (!hasUnread && steadyMs - sweptAt < pauseMs) return;
    const isSteady = isClockSteady({ wallMs: now(), steadyMs });
    if (hasUnread) await follow();
    if (isSteady) await tell(steadyMs);
    sweptAt = steadyMs;
  }

  /** Where clients are observed, or not asked at all, they go on getting in. */
  function isMissedAt(siteId: string): boolean {
    return sites.get(siteId)?.isDemanding ?? false;
  }

  /** A start reads every site: that takes a quarter of a core at most, since nothing waits for it. */
  async function follow(): Promise<void> {
    const changes = await store.changes.since(changeNumber);
    if (changes.isWhole) sites.clear();
    const expiries: Expiries = { isWhole: changes.isWhole, sites: [] };
    for (const { siteId, tenantId, revision, isDeleted } of changes.sites) {
      const began = performance.now();
      const site = isDeleted ? null : await store.revisions.get(siteId, revision);
      const compiled = site?.ok ? compileSite(site.value, new Date(now())) : null;
      if (isDeleted) sites.delete(siteId);
      // Of one that cannot be read the revision before serves on: what is known of that stays.
      else if (compiled?.ok) sites.set(siteId, watched(siteId, tenantId, compiled.value));
      const known = sites.get(siteId);
      expiries.sites.push([siteId, known === undefined ? null : earliestOf(known.uses)]);
      await pause(changes.isWhole ? (performance.now() - began) * 3 : 0);
    }
    onExpiries(expiries);
    changeNumber = changes.changeNumber;
    hasUnread = false;
  }

  async function tell(steadyMs: number): Promise<void> {
    const nowMs = now();
    if (steadyMs - clients.readAt >= clientsPauseMs) clients = { readAt: steadyMs, uses: await readClients(nowMs) };
    const uses = [...[...sites.values()].flatMap((site) => site.uses), ...clients.uses.filter(({ siteId }) => isMissedAt(siteId))];
    const known = await store.notices.list();
    const wrong = known.filter(({ at }) => at.getTime() > nowMs + dayMs);
    const told = Map.groupBy(
      known.filter((notice) => !wrong.includes(notice)),
      placeOf,
    );
    const due = uses.flatMap((use) => {
      const days = dueThreshold(use.notAfter.getTime(), nowMs, told.get(placeOf(use))?.map((notice) => notice.days) ?? [], use.mostDays);
      return days === null ? [] : [{ ...use, days }];
    });
    const inUse = new Set(uses.map(placeOf));
    const forgotten = known.filter(
      (notice) => wrong.includes(notice) || (!inUse.has(placeOf(notice)) && nowMs - notice.at.getTime() > rememberedMs),
    );
    const withdrawn = (await store.notices.pending())
      .filter(({ places }) => !places.some(([siteId, use, fingerprint]) => inUse.has(placeOf({ siteId, use, fingerprint }))))
      .map(({ id }) => id);
    if (due.length + forgotten.length + withdrawn.length === 0) return;

    const withWebhook = new Set((await store.webhooks()).map(({ tenantId }) => tenantId));
    const notices = noticesOf(due);
    const messages = messagesOf(
      notices.filter(({ tenantId }) => withWebhook.has(tenantId)),
      new Date(nowMs),
    );
    const given: ExpiryNotice[] = due.map(({ siteId, use, fingerprint, days, notAfter }) => ({
      siteId,
      use,
      fingerprint,
      days,
      notAfter,
      at: new Date(nowMs),
    }));
    await store.notices.write({ given, forgotten, withdrawn, messages }, new Date(nowMs));
    for (const notice of notices) sayInLog(notice, nowMs);
  }

  function sayInLog({ tenantId, use, subject, fingerprint, notAfter, days, sites: at }: Notice, nowMs: number): void {
    const within = `expires within ${days} ${days === 1 ? "day" : "days"}`;
    log.warn(
      { tenantId, siteIds: at.map(({ id }) => id), use, subject, fingerprint, notAfter, days },
      `a certificate ${notAfter.getTime() < nowMs ? "has expired" : within}`,
    );
  }

  /**
   * A client's certificate whose whole life is short is renewed by a program: nothing is told of it before half of its life is
   * over, or each renewal would be news.
   */
  async function readClients(nowMs: number): Promise<DatedUse[]> {
    const filter = { from: new Date(nowMs - 7 * dayMs), to: new Date(nowMs + 36_500 * dayMs), isAdmitted: true, limit: mostClients };
    const seen = await store.notices.clients({ ...filter, siteIds: [...sites.keys()].filter(isMissedAt) });
    return withoutRenewed(seen).flatMap(({ siteId, fingerprint, subject, commonName, notBefore, notAfter }) => {
      const site = sites.get(siteId);
      if (site === undefined) return [];
      const { tenantId, hostName } = site;
      const mostDays = (notAfter.getTime() - notBefore.getTime()) / 2 / dayMs;
      return [
        { tenantId, siteId, hostName, use: "client" as const, fingerprint, name: commonName || subject, subject, notAfter, mostDays },
      ];
    });
  }
}

function watched(siteId: string, tenantId: string, compiled: CompiledSite): Watched {
  const { hostName, downstream } = compiled;
  const uses = certificateUses(compiled).map(({ use, certificate }) => {
    const { fingerprint, subject, notAfter } = certificate;
    return { tenantId, siteId, hostName, use, fingerprint, name: nameOf(certificate), subject, notAfter };
  });
  return { tenantId, hostName, isDemanding: downstream !== null, uses };
}

function earliestOf(uses: readonly DatedUse[]): Partial<Record<Use, number>> {
  const earliest: Partial<Record<Use, number>> = {};
  for (const { use, notAfter } of uses)
    if (use !== "client") earliest[use] = Math.min(notAfter.getTime() / 1_000, earliest[use] ?? Number.POSITIVE_INFINITY);
  return earliest;
}

function placeOf({ siteId, use, fingerprint }: Pick<DatedUse, "siteId" | "use" | "fingerprint">): string {
  return `${siteId} ${use} ${fingerprint}`;
}
