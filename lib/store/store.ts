import { randomUUID } from "node:crypto";
import path from "node:path";
import { eq } from "drizzle-orm";
import { ok, type Problem, type Result } from "#lib/site/problem.ts";
import type { KeyField, Site } from "#lib/site/schema.ts";
import { type Accounts, accountsOf } from "#lib/store/accounts.ts";
import { type Acknowledgement, newestServing, newestServingOf, recordAcknowledgement } from "#lib/store/acknowledgements.ts";
import { announceAudit } from "#lib/store/announce.ts";
import {
  type AuditEvent,
  type AuditFilter,
  type AuditHead,
  type AuditRow,
  type Authorship,
  appendAudit,
  auditHead,
  listAudit,
} from "#lib/store/audit.ts";
import { type Changes, createChangeReader } from "#lib/store/changes.ts";
import { type Connection, openConnection } from "#lib/store/connection.ts";
import { features } from "#lib/store/console-tables.ts";
import { type ExpiryNotice, listNotices } from "#lib/store/expiry-notices.ts";
import { type Heartbeat, liveSensors, recordHeartbeat } from "#lib/store/heartbeats.ts";
import { listRevisions, type PastRevision } from "#lib/store/history.ts";
import { type Keyrings, keyringsOf } from "#lib/store/keyring-keys.ts";
import type { SeenClient } from "#lib/store/ledger-clients.ts";
import type { LedgerBatch } from "#lib/store/ledger-entry.ts";
import type { BareCaller, LedgerEvent, LedgerFilter } from "#lib/store/ledger-events.ts";
import type { CallerGroup, GroupFilter } from "#lib/store/ledger-groups.ts";
import type { Plot, PlotRange } from "#lib/store/ledger-plot.ts";
import { type LedgerReader, ledgerReaderOf } from "#lib/store/ledger-reader.ts";
import type { SeenCertificate } from "#lib/store/ledger-seen.ts";
import { createLedgerWriter, type LedgerReceipt, type LedgerWriter, type LedgerWriterOptions } from "#lib/store/ledger-writer.ts";
import { ownerOf } from "#lib/store/names.ts";
import { type NoticeWriter, noticeWriterOf } from "#lib/store/notice-writer.ts";
import { type RejectedSite, rejectedSites } from "#lib/store/rejected-sites.ts";
import { getRevision } from "#lib/store/revisions.ts";
import { conflictOf, removeSite, type SiteChange, type SiteSave, saveSite } from "#lib/store/save-site.ts";
import type { SealedKey } from "#lib/store/seal.ts";
import type { SealedWebhook } from "#lib/store/seal-webhook.ts";
import { getSealedKey } from "#lib/store/sealed-keys.ts";
import { type SensorStanding, sensorStandings } from "#lib/store/sensor-standings.ts";
import { currentRevisions, type ServingState, servingMark, servingStates } from "#lib/store/serving-states.ts";
import { getCurrentRow, getSite, listSites, type StoredSite } from "#lib/store/sites.ts";
import { destroyKey, type KeyDestruction, listKeys, type StoredKey } from "#lib/store/stored-keys.ts";
import {
  createTenant,
  type Feature,
  type FeatureName,
  getTenant,
  isFeatureOn,
  listTenants,
  setFeature,
  type Tenant,
  tenantByName,
} from "#lib/store/tenants.ts";
import { type AuditVerdict, verifyAudit } from "#lib/store/verify-audit.ts";
import { listDeliveries, type WebhookDelivery } from "#lib/store/webhook-deliveries.ts";
import { sealedWebhooks, type Webhook, type Webhooks, webhooksOf } from "#lib/store/webhooks.ts";

export type {
  AuditFilter,
  AuditHead,
  AuditRow,
  BareCaller,
  CallerGroup,
  ExpiryNotice,
  GroupFilter,
  LedgerBatch,
  LedgerEvent,
  LedgerFilter,
  LedgerReceipt,
  LedgerWriter,
  PastRevision,
  Plot,
  PlotRange,
  SeenCertificate,
  SeenClient,
  SensorStanding,
  ServingState,
  SiteSave,
  StoredKey,
  StoredSite,
  Webhook,
  WebhookDelivery,
};

/**
 * What the console and the administrator's commands do with the store: console.db to write, sensor.db to read.
 * Every function is asynchronous, whatever engine stands behind it; a file that cannot be used at the moment is
 * thrown as AppError `store.unavailable`.
 */
export type ConsoleStore = {
  tenants: {
    list(): Promise<Tenant[]>;
    byName(name: string): Promise<Tenant | null>;
    get(tenantId: string): Promise<Tenant | null>;
    /** Refused (`tenant.name-taken`) for a name that another one has. */
    add(name: string, authorship: Authorship): Promise<Result<Tenant>>;
  };
  features: {
    isOn(tenantId: string, name: FeatureName): Promise<boolean>;
    list(tenantId: string): Promise<Feature[]>;
    set(tenantId: string, name: FeatureName, isOn: boolean, authorship: Authorship): Promise<void>;
  };
  sites: {
    list(tenantId: string): Promise<StoredSite[]>;
    get(tenantId: string, siteId: string): Promise<StoredSite | null>;
    /** Whose site this is, deleted ones too; null when there never was one. */
    tenantOf(siteId: string): Promise<string | null>;
    save(save: SiteSave): Promise<Result<{ siteId: string; revision: number }>>;
    /** The private keys are erased with it; a trace may stand in the database's log until that is emptied. */
    remove(removal: SiteChange & { basedOn: number }): Promise<Result<{ revision: number }>>;
    /** Why a change made from `basedOn` would be refused now, with what was changed since; null when it would not. */
    conflict(tenantId: string, siteId: string, basedOn: number | null): Promise<Problem | null>;
    /** The site that has a host name now, in whichever tenant. */
    byName(hostName: string): Promise<{ siteId: string; tenantId: string } | null>;
    /** Newest first, those before `before` where it is given. */
    revisions(tenantId: string, siteId: string, page: { before?: number | undefined; limit: number }): Promise<PastRevision[]>;
  };
  keys: {
    list(tenantId: string, siteId: string): Promise<StoredKey[]>;
    /** `isErased` is false while a trace of the sealed key may stand in the database's log until that is emptied. */
    destroy(destruction: KeyDestruction): Promise<Result<{ isErased: boolean }>>;
  };
  accounts: Accounts;
  audit: {
    /** For what is done outside the store's other functions: what better-auth did on its own, a backup. */
    record(event: AuditEvent, authorship: Authorship): Promise<void>;
    list(filter: AuditFilter): Promise<AuditRow[]>;
    head(): Promise<AuditHead | null>;
    verify(head?: string): Promise<AuditVerdict>;
  };
  keyring: Keyrings;
  /** The sensors that are alive. */
  sensors(now?: Date): Promise<Heartbeat[]>;
  /** All sensors on record, also those that give no sign of life any more, the last one heard of first. */
  sensorStandings(): Promise<SensorStanding[]>;
  /** Sites of all tenants whose current revision the sensor rejected, by name. */
  rejectedSites(): Promise<RejectedSite[]>;
  ledger: LedgerReader;
  webhooks: Webhooks;
  /** What the sensor told of certificates that run out, and how it went; `siteIds` are the caller's to judge. */
  notices: {
    list(siteIds: readonly string[]): Promise<ExpiryNotice[]>;
    /** Newest first. */
    deliveries(tenantId: string, limit: number): Promise<WebhookDelivery[]>;
  };
  /** Of the sites that are not deleted; all of the tenant when `siteIds` is left out. */
  servingStates(tenantId: string, siteIds?: readonly string[], now?: Date): Promise<ServingState[]>;
  /** A text that is another one as soon as any site's state may be another; it costs a few rows. */
  servingMark(now?: Date): Promise<string>;
  close(): void;
};

/** What the sensor does with the store: console.db to read, sensor.db to write. */
export type SensorStore = {
  changes: { hasMoved(): Promise<boolean>; since(changeNumber: number | null): Promise<Changes> };
  revisions: { get(siteId: string, number: number): Promise<Result<Site>> };
  /** A site of this tenant at its current revision, null when the tenant has none. */
  sites: { get(tenantId: string, siteId: string): Promise<StoredSite | null> };
  sealedKeys: { get(siteId: string, field: KeyField, publicKeySha256: string): Promise<SealedKey | null> };
  acknowledgements: {
    record(acknowledgement: Acknowledgement): Promise<void>;
    newestServing(siteId: string, below?: number): Promise<number | null>;
    /** Of those sites that have one. */
    newestServingOf(siteIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  };
  heartbeat(heartbeat: Heartbeat): Promise<void>;
  /** Every tenant's. */
  webhooks(): Promise<SealedWebhook[]>;
  notices: NoticeWriter;
  close(): void;
};

/** An id for a site that is about to be saved: keys are sealed for it before it exists. */
export function newSiteId(): string {
  return randomUUID();
}

/** Opens lazily: nothing touches the disk before the first call. `onAudit` hears of each row of the audit log once it is committed. */
export function openConsoleStore(dataDir: string, onAudit: (head: AuditHead) => void = () => {}): ConsoleStore {
  const file = openConnection(path.join(dataDir, "console.db"), { isReadonly: false, busyTimeoutMs: 2_000 });
  const consoleDb = announceAudit(file, onAudit);
  const sensorDb = openConnection(path.join(dataDir, "sensor.db"), { isReadonly: true, busyTimeoutMs: 100 });
  return {
    tenants: {
      list: async () => consoleDb.read(listTenants),
      byName: async (name) => consoleDb.read((queries) => tenantByName(queries, name)),
      get: async (tenantId) => consoleDb.read((queries) => getTenant(queries, tenantId)),
      add: async (name, authorship) => consoleDb.attempt((tx) => createTenant(tx, name, authorship)),
    },
    features: featuresOf(consoleDb),
    sites: sitesOf(consoleDb),
    keys: keysOf(consoleDb),
    accounts: accountsOf(consoleDb),
    audit: {
      record: async (event, authorship) => consoleDb.write((tx) => appendAudit(tx, authorship, event)),
      list: async (filter) => consoleDb.read((queries) => listAudit(queries, filter)),
      head: async () => consoleDb.read(auditHead),
      verify: async (head) => consoleDb.readTogether((queries) => verifyAudit(queries, head)),
    },
    keyring: keyringsOf(consoleDb),
    sensors: async (now = new Date()) => sensorDb.read((queries) => liveSensors(queries, now)),
    sensorStandings: async () => sensorStandings(consoleDb, sensorDb),
    rejectedSites: async () => rejectedSites(consoleDb, sensorDb),
    ledger: ledgerReaderOf(consoleDb, sensorDb),
    webhooks: webhooksOf(consoleDb),
    notices: {
      list: async (siteIds) => sensorDb.read((queries) => listNotices(queries, siteIds)),
      deliveries: async (tenantId, limit) => sensorDb.read((queries) => listDeliveries(queries, tenantId, limit)),
    },
    servingStates: async (tenantId, siteIds, now = new Date()) => {
      const current = consoleDb.read((queries) => currentRevisions(queries, tenantId, siteIds));
      return servingStates(sensorDb, current, now);
    },
    servingMark: async (now = new Date()) => servingMark(consoleDb, sensorDb, now),
    close: () => {
      consoleDb.close();
      sensorDb.close();
    },
  };
}

/** Opens lazily; the short time-outs are there because a wait would hold up every request that is being served. */
export function openSensorStore(dataDir: string): SensorStore {
  const consoleDb = openConnection(path.join(dataDir, "console.db"), { isReadonly: true, busyTimeoutMs: 50 });
  const sensorDb = openConnection(path.join(dataDir, "sensor.db"), { isReadonly: false, busyTimeoutMs: 100 });
  const changes = createChangeReader(consoleDb);
  return {
    changes: { hasMoved: async () => changes.hasMoved(), since: async (changeNumber) => changes.since(changeNumber) },
    revisions: { get: async (siteId, number) => consoleDb.read((queries) => getRevision(queries, siteId, number)) },
    sites: { get: async (tenantId, siteId) => consoleDb.read((queries) => getSite(queries, tenantId, siteId)) },
    sealedKeys: { get: async (...place) => consoleDb.read((queries) => getSealedKey(queries, ...place)) },
    acknowledgements: {
      record: async (acknowledgement) => sensorDb.write((tx) => recordAcknowledgement(tx, acknowledgement)),
      newestServing: async (siteId, below) => sensorDb.read((queries) => newestServing(queries, siteId, below)),
      newestServingOf: async (siteIds) => sensorDb.read((queries) => newestServingOf(queries, siteIds)),
    },
    heartbeat: async (heartbeat) => sensorDb.write((tx) => recordHeartbeat(tx, heartbeat)),
    webhooks: async () => consoleDb.read(sealedWebhooks),
    notices: noticeWriterOf(sensorDb),
    close: () => {
      consoleDb.close();
      sensorDb.close();
    },
  };
}

/** The ledger's writer over a connection of its own, which may wait for others longer than one that requests wait for. */
export function openLedgerWriter(dataDir: string, options: LedgerWriterOptions): LedgerWriter & { close(): void } {
  const sensorDb = openConnection(path.join(dataDir, "sensor.db"), { isReadonly: false, busyTimeoutMs: 1_000 });
  return { ...createLedgerWriter(sensorDb, options), close: () => sensorDb.close() };
}

function featuresOf(consoleDb: Connection): ConsoleStore["features"] {
  return {
    isOn: async (tenantId, name) => consoleDb.read((queries) => isFeatureOn(queries, tenantId, name)),
    list: async (tenantId) => consoleDb.read((queries) => queries.select().from(features).where(eq(features.tenantId, tenantId)).all()),
    set: async (tenantId, name, isOn, authorship) => {
      consoleDb.write((tx) => setFeature(tx, { tenantId, name, isOn }, authorship));
    },
  };
}

function sitesOf(consoleDb: Connection): ConsoleStore["sites"] {
  return {
    list: async (tenantId) => consoleDb.read((queries) => listSites(queries, tenantId)),
    get: async (tenantId, siteId) => consoleDb.read((queries) => getSite(queries, tenantId, siteId)),
    tenantOf: async (siteId) => consoleDb.read((queries) => getCurrentRow(queries, siteId)?.tenantId ?? null),
    save: async (save) => consoleDb.attempt((tx) => saveSite(tx, save)),
    remove: async (removal) => {
      const removed = consoleDb.attempt((tx) => removeSite(tx, removal));
      if (removed.ok) consoleDb.emptyLog();
      return removed;
    },
    conflict: async (tenantId, siteId, basedOn) =>
      consoleDb.readTogether((queries) => conflictOf(queries, getCurrentRow(queries, siteId), { tenantId, siteId, basedOn })),
    byName: async (hostName) => consoleDb.read((queries) => ownerOf(queries, hostName)),
    revisions: async (tenantId, siteId, page) => consoleDb.read((queries) => listRevisions(queries, tenantId, siteId, page)),
  };
}

function keysOf(consoleDb: Connection): ConsoleStore["keys"] {
  return {
    list: async (tenantId, siteId) => consoleDb.readTogether((queries) => listKeys(queries, tenantId, siteId)),
    destroy: async (destruction) => {
      const destroyed = consoleDb.attempt((tx) => destroyKey(tx, destruction));
      return destroyed.ok ? ok({ isErased: consoleDb.emptyLog() }) : destroyed;
    },
  };
}
