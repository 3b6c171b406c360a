import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import Sqlite from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { accepted, storeFixture } from "#lib/store/store-fixture.ts";

const saveOften = `
  import { openConsoleStore } from "#lib/store/store.ts";
  const [dataDir, tenantId, siteId] = process.argv.slice(1);
  const store = openConsoleStore(dataDir);
  const { revision, site } = await store.sites.get(tenantId, siteId);
  for (let basedOn = revision; basedOn < revision + 200; basedOn += 1) {
    const filled = { ...site.value, trustedSources: String(basedOn + 1).repeat(15000 / String(basedOn + 1).length) };
    await store.sites.save({ tenantId, siteId, basedOn, site: filled, keys: [], author: "ana", address: null, now: new Date() });
    console.log(basedOn + 1);
  }`;

/** Saves 200 revisions, one after the other, in a process that is killed after `count` of them; answers the last it reported. */
async function killAfter(count: number, parameters: string[]): Promise<number> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", saveOften, ...parameters], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const exit = once(child, "exit");
  let reported = 0;
  let seen = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    reported = Number(line);
    seen += 1;
    if (seen === count) child.kill("SIGKILL");
  }
  expect(await exit).toEqual([null, "SIGKILL"]);
  return reported;
}

test("a process killed in the middle of 200 saves leaves the last reported revision or the one after it, whole", async () => {
  const { dataDir, store, sensor, tenantId, save } = await storeFixture();
  const { siteId } = accepted(await save({ hostName: "shop.test" }));
  for (const count of [1, 9, 100]) {
    const reported = await killAfter(count, [dataDir, tenantId, siteId]);
    const stored = await store.sites.get(tenantId, siteId);
    expect([reported, reported + 1]).toContain(stored?.revision);
    const content = accepted(stored?.site ?? { ok: false, problems: [] });
    expect(content.trustedSources.startsWith(`${stored?.revision}`)).toBe(true);
    expect((await sensor.changes.since(0)).changeNumber).toBe(stored?.revision);
    const log = await store.audit.verify();
    expect(log.faults).toEqual([]);
    const told = await store.audit.list({ tenantId, hasGlobal: false, actions: ["site.create", "site.save"], limit: 1_000 });
    expect(told.map(({ detail }) => detail.revision)).toEqual(
      Array.from({ length: stored?.revision ?? 0 }, (_, index) => (stored?.revision ?? 0) - index),
    );
    const client = new Sqlite(path.join(dataDir, "console.db"));
    expect(client.pragma("quick_check", { simple: true })).toBe("ok");
    client.close();
  }
}, 60_000);
