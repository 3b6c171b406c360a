import { join } from "node:path";
import { buildSensor } from "#scripts/build-sensor.mjs";
import { root, workFolder } from "#scripts/project.mjs";
import { type SensorProcess, startSensorProcess } from "#sensor/process-fixture.ts";

/** `built` is how the product runs it, `sources` how development does. */
export type Form = "built" | "sources";

/** A sensor to be measured, with a data folder of its own; nobody prunes its build while this process runs. */
export async function startSensor(changes: Record<string, string>, form: Form = "built"): Promise<SensorProcess> {
  const own = { SENSOR_HOST: "127.0.0.1", NODE_COMPILE_CACHE: join(workFolder, "compiled") };
  const sensor = await startSensorProcess({ ...own, ...changes }, () => {}, await programOf(form));
  sensor.child.stdout?.resume();
  return sensor;
}

async function programOf(form: Form): Promise<string | undefined> {
  if (form === "sources") return undefined;
  const build = await buildSensor({ node: process.execPath });
  process.once("exit", build.release);
  return join(root, build.folder, "main.mjs");
}
