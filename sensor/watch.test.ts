import { describe, expect, test } from "vitest";
import { compiledSite } from "#e2e/forwarder.ts";
import { AppError } from "#lib/app-error.ts";
import { createLogger } from "#lib/log.ts";
import type { SiteChanged } from "#lib/store/changes.ts";
import type { Word } from "#sensor/messages.ts";
import type { Revision } from "#sensor/revision.ts";
import type { Settled } from "#sensor/settle.ts";
import { createWatch } from "#sensor/watch.ts";

const change = (siteId: string, changeNumber: number, changes: Partial<SiteChanged> = {}): SiteChanged => ({
  siteId,
  tenantId: "t",
  changeNumber,
  revision: 1,
  isDeleted: false,
  names: [`${siteId}.test`],
  committedAt: new Date(0),
  ...changes,
});

/**
 * A watch over changes that the test hands out; sites in `stuck` cannot be settled for the store's sake, those in `broken`
 * are rejected, those in `open` have connections. `served` are the revisions that were served before this start.
 */
function watchOf({ unusedMs = 1_000_000 }: { unusedMs?: number } = {}) {
  const unread: SiteChanged[] = [];
  const sets = { stuck: new Set<string>(), broken: new Set<string>(), open: new Set<string>() };
  const served = new Map<string, number>();
  const whole = { isNext: true };
  const reading = { until: Promise.resolve() };
  const settled: string[] = [];
  const words: Word[] = [];
  const retired: string[] = [];
  const cut: string[] = [];
  const watch = createWatch({
    store: {
      changes: {
        hasMoved: async () => unread.length > 0,
        since: async (from) => {
          const sites = unread.splice(0);
          const isWhole = whole.isNext;
          whole.isNext = false;
          return { changeNumber: Math.max(from ?? 0, ...sites.map(({ changeNumber }) => changeNumber)), isWhole, sites };
        },
      },
      acknowledgements: { newestServingOf: async () => served },
    },
    settle: async ({ siteId, revision: number, names }, { isLazy, overruled }): Promise<Settled> => {
      settled.push(siteId);
      await reading.until;
      if (sets.stuck.has(siteId)) throw new AppError("store.unavailable", "console.db cannot be used at the moment (SQLITE_BUSY).");
      const about = { siteId, revision: number, problems: [], fallbackRevision: null };
      if (sets.broken.has(siteId) || overruled !== null) {
        const entry = { siteId, names, newest: number, state: { kind: "closed", shield: null } } as const;
        return { entry, word: { ...about, state: "rejected" } };
      }
      const revision = { siteId, number, compiled: compiledSite(), release: () => true, retire: () => retired.push(siteId) };
      const isKnownGood = isLazy && served.get(siteId) === number;
      const entry = { siteId, names, newest: number, state: { kind: "serving", revision: asRevision(revision) } } as const;
      return { entry, word: isKnownGood ? null : { ...about, state: "serving" } };
    },
    connections: { retire: (siteId) => cut.push(siteId), isOpen: (siteId) => sets.open.has(siteId) },
    log: createLogger("test", () => {}),
    unusedMs,
    onWord: (word) => words.push(word),
    onApplied: () => {},
  });
  const stateOf = (siteId: string) => watch.directory.get(siteId)?.state.kind ?? null;
  return { watch, unread, ...sets, served, whole, reading, settled, words, retired, cut, stateOf };
}

/** The watch calls these of a revision alone. */
function asRevision(part: Pick<Revision, "siteId" | "number" | "compiled" | "release"> & { retire: () => unknown }): Revision {
  return part as Revision;
}

/** A start over sites that were all served before. */
async function startOver(sites: SiteChanged[], options: { unusedMs?: number } = {}) {
  const fixture = watchOf(options);
  for (const { siteId, revision } of sites) fixture.served.set(siteId, revision);
  fixture.unread.push(...sites);
  await fixture.watch.tick();
  return fixture;
}

test("a change that was read and cannot be brought into service is not counted as applied, later ones neither", async () => {
  const { watch, unread, stuck } = await startOver([change("a", 1), change("b", 2)]);
  expect(watch.appliedChangeNumber()).toBe(2);
  stuck.add("b");
  unread.push(change("b", 3), change("a", 4));
  await watch.tick();
  expect(watch.appliedChangeNumber()).toBe(2);
  expect(watch.lastError()).toMatch(/^console\.db .*keep serving.*Check that/);
  stuck.clear();
  await watch.tick();
  expect([watch.appliedChangeNumber(), watch.lastError()]).toEqual([4, null]);
});

test("a site that is settled anew without a change leaves the number as it is", async () => {
  const { watch } = await startOver([change("a", 1), change("b", 2)]);
  watch.overrule({ siteId: "a", revision: 1, problems: [] });
  expect(watch.appliedChangeNumber()).toBe(2);
});

describe("a start", () => {
  test("reads nothing of sites that were served before, and has their names all the same", async () => {
    const { watch, settled, stateOf } = await startOver([change("a", 1), change("b", 2, { names: ["b.test", "*.b.test"] })]);
    expect([watch.isReady(), watch.appliedChangeNumber()]).toEqual([true, 2]);
    expect([settled, stateOf("a"), watch.directory.find("x.b.test")?.siteId]).toEqual([[], "unread", "b"]);
  });

  test("cuts nothing when a site is read because somebody asked for it", async () => {
    const { watch, cut, stateOf } = await startOver([change("a", 1)]);
    await watch.load("a");
    expect([stateOf("a"), cut]).toEqual(["serving", []]);
  });

  test("leaves no name of an unread site to a wildcard beside it", async () => {
    const { watch, stuck } = await startOver([
      change("wide", 1, { names: ["test.test", "*.test.test"] }),
      change("own", 2, { names: ["own.test.test"] }),
    ]);
    expect(watch.directory.find("own.test.test")?.siteId).toBe("own");
    stuck.add("own");
    expect((await watch.load("own"))?.state).toEqual({ kind: "closed", shield: null });
    expect(watch.directory.find("own.test.test")?.siteId).toBe("own");
    stuck.clear();
    expect((await watch.load("own"))?.state.kind).toBe("serving");
  });

  test("settles what nobody has served yet, and counts it as waiting until then", async () => {
    const { watch, unread, served, stuck, settled } = watchOf();
    served.set("a", 1).set("b", 1);
    unread.push(change("a", 1), change("b", 2, { revision: 2 }), change("c", 3));
    stuck.add("b");
    await watch.tick();
    expect([watch.isReady(), watch.appliedChangeNumber()]).toEqual([true, 1]);
    stuck.clear();
    const applied = async () => {
      await watch.tick();
      return watch.appliedChangeNumber();
    };
    await expect.poll(applied).toBe(3);
    expect(settled).not.toContain("a");
  });
});

describe("a site that was not read", () => {
  test("is read once by many who ask at once, and says nothing where nothing is new", async () => {
    const { watch, settled, words } = await startOver([change("a", 1)]);
    const entries = await Promise.all([watch.load("a"), watch.load("a"), watch.load("a")]);
    expect(new Set(entries).size).toBe(1);
    expect([settled, words]).toEqual([["a"], []]);
  });

  test("and cannot be served is closed for the one who asks, with a word", async () => {
    const { watch, broken, words } = await startOver([change("a", 1)]);
    broken.add("a");
    expect((await watch.load("a"))?.state.kind).toBe("closed");
    expect(words).toMatchObject([{ siteId: "a", state: "rejected" }]);
  });

  test("follows another worker's rejection of its revision", async () => {
    const { watch, words } = await startOver([change("a", 1)]);
    watch.overrule({ siteId: "a", revision: 1, problems: [] });
    await watch.tick();
    expect(words).toMatchObject([{ siteId: "a", state: "rejected" }]);
    expect((await watch.load("a"))?.state.kind).toBe("closed");
  });

  test("and is gone by the time it is read comes back by nobody", async () => {
    const { watch, unread, reading, retired, stateOf } = await startOver([change("a", 1)]);
    const { promise, resolve } = Promise.withResolvers<void>();
    reading.until = promise;
    const asked = watch.load("a");
    unread.push(change("a", 2, { revision: 2, isDeleted: true }));
    const ticked = watch.tick();
    resolve();
    await ticked;
    expect([await asked, stateOf("a"), retired]).toEqual([null, null, ["a"]]);
  });
});

describe("a site that nobody uses", () => {
  test("goes back to its names, and is read again when somebody asks, without another word", async () => {
    const { watch, unread, settled, words, retired, stateOf } = await startOver([], { unusedMs: 0 });
    unread.push(change("a", 1));
    await watch.tick();
    watch.sweep();
    expect([stateOf("a"), retired, watch.directory.find("a.test")?.siteId]).toEqual(["unread", ["a"], "a"]);
    expect((await watch.load("a"))?.state.kind).toBe("serving");
    expect([settled, words.length]).toEqual([["a", "a"], 1]);
  });

  test("stays while it has connections, and where its newest revision does not serve", async () => {
    const { watch, open, broken, retired, stateOf } = await startOver([change("a", 1), change("b", 2)], { unusedMs: 0 });
    open.add("a");
    broken.add("b");
    await watch.load("a");
    await watch.load("b");
    watch.sweep();
    expect([stateOf("a"), stateOf("b"), retired]).toEqual(["serving", "closed", []]);
  });
});

test("another database in the place of the one that was read: what it does not know is gone, what is in use is settled again", async () => {
  const { watch, unread, whole, settled, stateOf, served } = await startOver([change("a", 1), change("b", 2), change("c", 3)]);
  await watch.load("a");
  whole.isNext = true;
  served.set("c", 9);
  unread.push(change("a", 1), change("c", 3));
  settled.length = 0;
  const settledNow = async () => {
    await watch.tick();
    return settled.toSorted();
  };
  await expect.poll(settledNow).toEqual(["a", "c"]);
  expect(stateOf("b")).toBeNull();
});
