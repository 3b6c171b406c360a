import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createAuthority } from "#e2e/pki/authority.ts";
import { buildSensor } from "#scripts/build-sensor.mjs";
import { productScripts } from "#scripts/launch-product.ts";
import { root } from "#scripts/project.mjs";
import { fetchTls } from "#sensor/client-fixture.ts";
import { startSensorProcess } from "#sensor/process-fixture.ts";

let build: Awaited<ReturnType<typeof buildSensor>>;
beforeAll(async () => {
  build = await buildSensor({ node: process.execPath });
}, 60_000);
afterAll(() => build.release());

const sourceFiles = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /(?<!\.test|-fixture)\.ts$/.test(name))
    .map((name) => readFileSync(join(root, folder, name), "utf8"));

test("the launcher starts the sensor's build where it is told of one, else its sources", () => {
  expect(productScripts({ sensorBuild: build.folder }).sensor).toBe(`${build.folder}/main.mjs`);
  expect(readdirSync(join(root, build.folder))).toContain("main.mjs");
  expect(productScripts({ sensorBuild: undefined }).sensor).toBe("sensor/main.ts");
});

test("every program that the sensor starts by name is built", () => {
  const names = sourceFiles("sensor").flatMap((text) =>
    [...text.matchAll(/(?:programUrl|startThread)\("([\w-]+)"/g)].map(([, name]) => `${name}.mjs`),
  );
  expect(names.length).toBeGreaterThanOrEqual(3);
  expect(readdirSync(join(root, build.folder))).toEqual(expect.arrayContaining(names));
});

test("a build needs no source and no package but the one with a binary", () => {
  const files = readdirSync(join(root, build.folder)).filter((name) => name.endsWith(".mjs"));
  const imports = files.flatMap((name) => [
    ...readFileSync(join(root, build.folder, name), "utf8").matchAll(/^(?:import|export) .*?"([^"]+)";$/gm),
  ]);
  const outside = new Set(
    imports.map(([, from = ""]) => from).filter((from) => !from.startsWith("node:") && !files.includes(from.slice(2))),
  );
  expect([...outside]).toEqual(["better-sqlite3"]);
});

test("no module of ours is imported for what it does alone: the build would leave it out", () => {
  const alone = ["lib", "sensor"].flatMap(sourceFiles).flatMap((text) => text.match(/^import "[#.].*/gm) ?? []);
  expect(alone).toEqual([]);
});

test.each(["sources", "build"])(
  "started from its %s, all of the sensor runs from there and serves",
  async (form) => {
    const script = join(root, form === "build" ? `${build.folder}/main.mjs` : "sensor/main.ts");
    await using sensor = await startSensorProcess({ SENSOR_WORKERS: "1", SENSOR_HOST: "127.0.0.1" }, () => {}, script);
    expect(sensor.message.type).toBe("ready");
    const [worker = 0] = sensor.workers();
    expect(readFileSync(`/proc/${worker}/cmdline`, "utf8").split("\0")).toContain(script.replace(/main(\.\w+)$/, "worker-main$1"));
    // Both threads have their part: one acknowledges what is served, the other must be there to be stopped.
    const { siteId, revision } = await sensor.sites.save({ hostName: "shop.test", authority: await createAuthority() });
    expect(await sensor.sites.judged(siteId, revision)).toMatchObject({ state: "serving" });
    const options = { port: sensor.message.ports.SENSOR_HTTPS_PORT, servername: "shop.test" };
    expect((await fetchTls(options)).status).toBe(502);
    sensor.child.kill("SIGTERM");
    expect(await sensor.exited).toBe(0);
    expect(sensor.log.filter(({ level }) => level === "error" || level === "fatal")).toEqual([]);
  },
  30_000,
);

test("a stack trace of the build names the sources", () => {
  const placeOf = (script: string) => {
    const { stderr } = spawnSync(process.execPath, [join(root, script)], { encoding: "utf8" });
    return /sensor\/store-writer-thread\.ts:\d+/.exec(stderr)?.[0];
  };
  // A thread's program, run by itself, misses what it is given.
  expect(placeOf("sensor/store-writer-thread.ts")).toMatch(/:\d+$/);
  expect(placeOf(`${build.folder}/store-writer-thread.mjs`)).toBe(placeOf("sensor/store-writer-thread.ts"));
});
