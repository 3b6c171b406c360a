import { randomUUID } from "node:crypto";
import path from "node:path";
import { asc, eq } from "drizzle-orm";
import type { Result } from "#lib/site/problem.ts";
import type { KeyField, Site } from "#lib/site/schema.ts";
import { type Accounts, accountsOf } from "#lib/store/accounts.ts";
import {
  type Acknowledgement,
  type Heartbeat,
  newestServing,
  recordAcknowledgement,
  recordHeartbeat,
} from "#lib/store/acknowledgements.ts";
import { announceAudit } from "#lib/store/announce.ts";
import { type AuditFilter, type AuditHead, type AuditRow, type Authorship, appendAudit, auditHead, listAudit } from "#lib/store/audit.ts";
import { type Changes, createChangeReader } from "#lib/store/changes.ts";
import { type Connection, openConnection } from "#lib/store/connection.ts";
import { features, keyringKeys } from "#lib/store/console-tables.ts";
import { getRevision } from "#lib/store/revisions.ts";
import { removeSite, type SiteChange, type SiteSave, saveSite } from "#lib/store/save-site.ts";
import type { SealedKey } from "#lib/store/seal.ts";
import { getSealedKey } from "#lib/store/sealed-keys.ts";
import { currentRevisions, type ServingState, servingStates } from "#lib/store/serving-states.ts";
import { getCurrentRow, getSite, listSites, type StoredSite } from "#lib/store/sites.ts";
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

export type { AuditFilter, AuditHead, AuditRow, ServingState, SiteSave, StoredSite };

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
    remove(removal: SiteChange & { basedOn: number }): Promise<Result<{ revision: number }>>;
  };
  accounts: Accounts;
  audit: {
    list(filter: AuditFilter): Promise<AuditRow[]>;
    head(): Promise<AuditHead | null>;
    verify(head?: string): Promise<AuditVerdict>;
  };
  keyring: { recordedIds(): Promise<string[]>; record(id: string, now: Date): Promise<void> };
  /** Of the sites that are not deleted; all of the tenant when `siteIds` is left out. */
  servingStates(tenantId: string, siteIds?: readonly string[], now?: Date): Promise<ServingState[]>;
  close(): void;
};

/** What the sensor does with the store: console.db to read, sensor.db to write. */
export type SensorStore = {
  changes: { hasMoved(): Promise<boolean>; since(changeNumber: number): Promise<Changes> };
  revisions: { get(siteId: string, number: number): Promise<Result<Site>> };
  sealedKeys: { get(siteId: string, field: KeyField, publicKeySha256: string): Promise<SealedKey | null> };
  acknowledgements: {
    record(acknowledgement: Acknowledgement): Promise<void>;
    newestServing(siteId: string): Promise<number | null>;
  };
  heartbeat(heartbeat: Heartbeat): Promise<void>;
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
    accounts: accountsOf(consoleDb),
    audit: {
      list: async (filter) => consoleDb.read((queries) => listAudit(queries, filter)),
      head: async () => consoleDb.read(auditHead),
      verify: async (head) => consoleDb.readTogether((queries) => verifyAudit(queries, head)),
    },
    keyring: keyringOf(consoleDb),
    servingStates: async (tenantId, siteIds, now = new Date()) => {
      const current = consoleDb.read((queries) => currentRevisions(queries, tenantId, siteIds));
      return servingStates(sensorDb, current, now);
    },
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
    sealedKeys: { get: async (...place) => consoleDb.read((queries) => getSealedKey(queries, ...place)) },
    acknowledgements: {
      record: async (acknowledgement) => sensorDb.write((tx) => recordAcknowledgement(tx, acknowledgement)),
      newestServing: async (siteId) => sensorDb.read((queries) => newestServing(queries, siteId)),
    },
    heartbeat: async (heartbeat) => sensorDb.write((tx) => recordHeartbeat(tx, heartbeat)),
    close: () => {
      consoleDb.close();
      sensorDb.close();
    },
  };
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
    remove: async (removal) => consoleDb.attempt((tx) => removeSite(tx, removal)),
  };
}

function keyringOf(consoleDb: Connection): ConsoleStore["keyring"] {
  return {
    recordedIds: async () => {
      const rows = consoleDb.read((queries) => queries.select().from(keyringKeys).orderBy(asc(keyringKeys.recordedAt)).all());
      return rows.map(({ id }) => id);
    },
    record: async (id, recordedAt) => {
      consoleDb.write((tx) => {
        const { changes } = tx.insert(keyringKeys).values({ id, recordedAt }).onConflictDoNothing().run();
        const authorship = { author: "launcher", address: null, now: recordedAt };
        if (changes > 0) appendAudit(tx, authorship, { tenantId: null, action: "keyring.record", subject: id, detail: {} });
      });
    },
  };
}
