import { expect, test } from "vitest";
import { AppError } from "#lib/app-error.ts";
import { createLogger } from "#lib/log.ts";
import { refuse } from "#lib/site/problem.ts";
import type { SiteChanged } from "#lib/store/changes.ts";
import type { Settled } from "#sensor/settle.ts";
import { createWatch } from "#sensor/watch.ts";

const change = (siteId: string, changeNumber: number): SiteChanged => ({
  siteId,
  tenantId: "t",
  changeNumber,
  revision: 1,
  isDeleted: false,
  names: [`${siteId}.test`],
  committedAt: new Date(0),
  site: refuse(),
});

/** A watch over changes that the test hands out; sites in `stuck` cannot be settled for the store's sake. */
function watchOf() {
  const unread: SiteChanged[] = [];
  const stuck = new Set<string>();
  const watch = createWatch({
    store: {
      changes: {
        hasMoved: async () => unread.length > 0,
        since: async (from) => {
          const sites = unread.splice(0);
          return { changeNumber: Math.max(from, ...sites.map(({ changeNumber }) => changeNumber)), isWhole: false, sites };
        },
      },
    },
    settle: async ({ siteId, revision, names }): Promise<Settled> => {
      if (stuck.has(siteId)) throw new AppError("store.unavailable", "console.db cannot be used at the moment (SQLITE_BUSY).");
      return { entry: { siteId, names, newest: revision, state: { kind: "closed", shield: null } }, word: null };
    },
    connections: { retire: () => {} },
    log: createLogger("test", () => {}),
    onWord: () => {},
    onApplied: () => {},
  });
  return { watch, unread, stuck };
}

test("a change that was read and cannot be brought into service is not counted as applied, later ones neither", async () => {
  const { watch, unread, stuck } = watchOf();
  unread.push(change("a", 1), change("b", 2));
  await watch.tick();
  expect(watch.appliedChangeNumber()).toBe(2);
  stuck.add("b");
  unread.push(change("b", 3), change("a", 4));
  await watch.tick();
  expect([watch.snapshot().changeNumber, watch.appliedChangeNumber()]).toEqual([4, 2]);
  expect(watch.lastError()).toMatch(/^console\.db .*keep serving.*Check that/);
  stuck.clear();
  await watch.tick();
  expect([watch.appliedChangeNumber(), watch.lastError()]).toEqual([4, null]);
});

test("a site that is settled anew without a change leaves the number as it is", async () => {
  const { watch, unread } = watchOf();
  unread.push(change("a", 1), change("b", 2));
  await watch.tick();
  watch.overrule({ siteId: "a", revision: 1, problems: [] });
  expect(watch.appliedChangeNumber()).toBe(2);
});
