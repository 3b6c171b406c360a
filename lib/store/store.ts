import { randomUUID } from "node:crypto";
import path from "node:path";
import { asc, eq } from "drizzle-orm";
import type { Result } from "#lib/site/problem.ts";
import type { KeyField, Site } from "#lib/site/schema.ts";
import {
  type Acknowledgement,
  type Heartbeat,
  newestServing,
  recordAcknowledgement,
  recordHeartbeat,
} from "#lib/store/acknowledgements.ts";
import { type Changes, createChangeReader } from "#lib/store/changes.ts";
import { type Connection, openConnection } from "#lib/store/connection.ts";
import { features, keyringKeys } from "#lib/store/console-tables.ts";
import { getRevision } from "#lib/store/revisions.ts";
import { removeSite, type SiteChange, type SiteSave, saveSite } from "#lib/store/save-site.ts";
import type { SealedKey } from "#lib/store/seal.ts";
import { getSealedKey } from "#lib/store/sealed-keys.ts";
import { currentRevisions, type ServingState, servingStates } from "#lib/store/serving-states.ts";
import { getSite, listSites, type StoredSite } from "#lib/store/sites.ts";
import { type Feature, type FeatureName, isFeatureOn, listTenants, setFeature, type Tenant, tenantByName } from "#lib/store/tenants.ts";

export type { ServingState, SiteSave, StoredSite };

/**
 * What the console and the administrator's commands do with the store: console.db to write, sensor.db to read.
 * Every function is asynchronous, whatever engine stands behind it; a file that cannot be used at the moment is
 * thrown as AppError `store.unavailable`.
 */
export type ConsoleStore = {
  tenants: { list(): Promise<Tenant[]>; byName(name: string): Promise<Tenant | null> };
  features: {
    isOn(tenantId: string, name: FeatureName): Promise<boolean>;
    list(tenantId: string): Promise<Feature[]>;
    set(tenantId: string, name: FeatureName, isOn: boolean, author: string, now: Date): Promise<void>;
  };
  sites: {
    list(tenantId: string): Promise<StoredSite[]>;
    get(tenantId: string, siteId: string): Promise<StoredSite | null>;
    save(save: SiteSave): Promise<Result<{ siteId: string; revision: number }>>;
    remove(removal: SiteChange & { basedOn: number }): Promise<Result<{ revision: number }>>;
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
    newestServing(siteId: string, below?: number): Promise<number | null>;
  };
  heartbeat(heartbeat: Heartbeat): Promise<void>;
  close(): void;
};

/** An id for a site that is about to be saved: keys are sealed for it before it exists. */
export function newSiteId(): string {
  return randomUUID();
}

/** Opens lazily: nothing touches the disk before the first call. */
export function openConsoleStore(dataDir: string): ConsoleStore {
  const consoleDb = openConnection(path.join(dataDir, "console.db"), { isReadonly: false, busyTimeoutMs: 2_000 });
  const sensorDb = openConnection(path.join(dataDir, "sensor.db"), { isReadonly: true, busyTimeoutMs: 100 });
  return {
    tenants: {
      list: async () => consoleDb.read(listTenants),
      byName: async (name) => consoleDb.read((queries) => tenantByName(queries, name)),
    },
    features: featuresOf(consoleDb),
    sites: sitesOf(consoleDb),
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
      newestServing: async (siteId, below) => sensorDb.read((queries) => newestServing(queries, siteId, below)),
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
    set: async (tenantId, name, isOn, author, changedAt) => {
      consoleDb.write((tx) => setFeature(tx, { tenantId, name, isOn, author, changedAt }));
    },
  };
}

function sitesOf(consoleDb: Connection): ConsoleStore["sites"] {
  return {
    list: async (tenantId) => consoleDb.read((queries) => listSites(queries, tenantId)),
    get: async (tenantId, siteId) => consoleDb.read((queries) => getSite(queries, tenantId, siteId)),
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
      consoleDb.write((tx) => tx.insert(keyringKeys).values({ id, recordedAt }).onConflictDoNothing().run());
    },
  };
}
