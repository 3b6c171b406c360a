import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { newSite, type Site } from "#lib/site/schema.ts";
import type { Heartbeat } from "#lib/store/heartbeats.ts";
import { migrateDatabases } from "#lib/store/migrate.ts";
import type { SiteSave } from "#lib/store/save-site.ts";
import { newSiteId, openConsoleStore, openSensorStore } from "#lib/store/store.ts";

/** For tests: an empty folder that goes when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "tessera-store-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** For tests: both stores on real files in a temporary folder, and a short way to save a site of the first tenant. */
export async function storeFixture() {
  const dataDir = temporaryFolder();
  migrateDatabases(dataDir);
  const store = openConsoleStore(dataDir);
  const sensor = openSensorStore(dataDir);
  onTestFinished(() => {
    store.close();
    sensor.close();
  });
  const tenantId = (await store.tenants.byName("Default"))?.id ?? "";
  const now = new Date("2026-11-23T10:00:00Z");

  function save(site: Partial<Site>, change: Partial<SiteSave> = {}) {
    const content = { ...newSite, origin: "127.0.0.1", ...site };
    return store.sites.save({
      tenantId,
      siteId: newSiteId(),
      basedOn: null,
      site: content,
      keys: [],
      author: "ana",
      address: "192.0.2.1",
      now,
      ...change,
    });
  }

  return { dataDir, store, sensor, tenantId, now, save };
}

/** For tests: a sensor's sign of life at a time, its one worker serving. */
export function heartbeatAt(at: Date, changes: Partial<Heartbeat> = {}): Heartbeat {
  return {
    id: "main",
    startedAt: at,
    at,
    servingAt: at,
    stoppedAt: null,
    version: "0.1.0",
    workersWanted: 1,
    workersServing: 1,
    workersLost: 0,
    connections: 0,
    appliedChangeNumber: 1,
    lastError: null,
    lastErrorAt: null,
    isErrorOver: false,
    keyIds: [],
    ...changes,
  };
}

/** For tests: the value of a Result that must be a success. */
export function accepted<T>(result: { ok: true; value: T } | { ok: false; problems: unknown }): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problems)}`);
  return result.value;
}

/** For tests: the codes of a refusal, empty for a success. */
export function codesOf(result: { ok: true } | { ok: false; problems: { code: string }[] }): string[] {
  return result.ok ? [] : result.problems.map((problem) => problem.code);
}
