import path from "node:path";
import { Worker } from "node:worker_threads";
import Sqlite from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { createLogger } from "#lib/log.ts";
import { batchOf, entryOf } from "#lib/store/ledger-fixture.ts";
import { accepted, heartbeatAt, storeFixture } from "#lib/store/store-fixture.ts";
import { createStoreWriter, type StoreWriter, type StoreWriterOptions } from "#sensor/store-writer.ts";

const at = new Date();
const sign = heartbeatAt(at, { id: "here" });

async function fixture(options: Partial<StoreWriterOptions> = {}) {
  const fixture = await storeFixture();
  const { siteId } = accepted(await fixture.save({ hostName: "shop.test" }));
  const log: Record<string, unknown>[] = [];
  const writer = createStoreWriter({
    dataDir: fixture.dataDir,
    ledgerDays: 30,
    log: createLogger("test", (line) => log.push(JSON.parse(line))),
    ...options,
  });
  onTestFinished(() => writer.close());
  const acknowledge = (revision: number) =>
    writer.acknowledgements.record({ siteId, revision, state: "serving", problems: [], fallbackRevision: null, at });
  const events = () => fixture.store.ledger.events(fixture.tenantId, { siteId, limit: 100_000 });
  return { ...fixture, siteId, writer, log, acknowledge, events };
}

function recordMany(writer: StoreWriter, siteId: string, count: number) {
  return writer.ledger.record(JSON.stringify(batchOf(Array.from({ length: count }, () => entryOf({ siteId, at: at.getTime() })))));
}

describe("the writer's thread", () => {
  it("writes acknowledgements, signs of life and the ledger", async () => {
    const { writer, sensor, store, siteId, acknowledge, events } = await fixture();
    await acknowledge(1);
    await writer.heartbeat(sign);
    expect(await recordMany(writer, siteId, 3)).toEqual({ written: 3, dropped: 0, evicted: 0 });
    expect(await sensor.acknowledgements.newestServing(siteId)).toBe(1);
    expect(await store.sensors(at)).toEqual([expect.objectContaining({ id: "here" })]);
    expect(await events()).toHaveLength(3);
  });

  it("lets an acknowledgement go ahead of the ledger's batches that wait", async () => {
    const { writer, siteId, acknowledge } = await fixture();
    await acknowledge(1);
    const done: string[] = [];
    const batches = Array.from({ length: 4 }, () => recordMany(writer, siteId, 1_000).then(() => done.push("batch")));
    await acknowledge(2).then(() => done.push("acknowledgement"));
    expect(done).toEqual(["acknowledgement"]);
    await Promise.all(batches);
  });

  it("writes what it was given before it ends", async () => {
    const { writer, siteId, events } = await fixture();
    const batches = Array.from({ length: 3 }, () => recordMany(writer, siteId, 1_000));
    await writer.close();
    await Promise.all(batches);
    expect(await events()).toHaveLength(3_000);
    await expect(writer.heartbeat(sign)).rejects.toMatchObject({ code: "store.unavailable" });
  });

  it("says what a locked database costs, and never holds up who asks", async () => {
    const { writer, dataDir, siteId, acknowledge, events } = await fixture();
    await acknowledge(1);
    const holder = new Sqlite(path.join(dataDir, "sensor.db"));
    onTestFinished(() => void holder.close());
    holder.exec("BEGIN IMMEDIATE");
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 10);
    onTestFinished(() => clearInterval(counting));
    await expect(acknowledge(2)).rejects.toMatchObject({ code: "store.unavailable" });
    expect(await recordMany(writer, siteId, 500)).toEqual({ written: 0, dropped: 500, evicted: 0 });
    // A second's wait for the lock and more went by in the thread: this loop went on turning.
    expect(turns).toBeGreaterThan(50);
    holder.exec("COMMIT");
    await acknowledge(2);
    expect(await recordMany(writer, siteId, 1)).toMatchObject({ written: 1 });
    expect(await events()).toHaveLength(1);
  });

  it("is replaced when it ends, and what it had not answered is refused", async () => {
    let starts = 0;
    const start = () => {
      starts += 1;
      const code =
        starts === 1
          ? "process.exit(1)"
          : "message.type === 'close' ? process.exit() :" + "parentPort.postMessage({ id: message.id, value: null })";
      return new Worker(`const { parentPort } = require("node:worker_threads"); parentPort.on("message", (message) => { ${code} });`, {
        eval: true,
      });
    };
    const { writer, log } = await fixture({ start });
    await expect(writer.heartbeat(sign)).rejects.toMatchObject({ code: "store.unavailable" });
    await expect(writer.heartbeat(sign)).rejects.toMatchObject({ code: "store.unavailable" });
    await expect.poll(() => writer.heartbeat(sign).catch(() => "not yet")).toBe(null);
    expect(log.map(({ msg }) => msg)).toContain("the writer of sensor.db ended and is replaced");
  });
});
