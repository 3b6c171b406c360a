import { setTimeout as wait } from "node:timers/promises";
import { cpuSecondsOf, residentMbOf } from "#bench/machine.ts";
import { median, writeResult } from "#bench/report.ts";
import { type Form, startSensor } from "#bench/sensor.ts";

/**
 * What an idle sensor costs, built and from its sources: `node scripts/run.mjs bench/idle.ts [rounds]`, on Linux. Each round
 * starts both forms in turn, with one worker and no site; told are medians. CPU time is the figure that a busy machine leaves
 * alone.
 */
const rounds = Number(process.argv[2] ?? 7);
const forms: Form[] = ["sources", "built"];
const settleMs = 3_000;

const columns = {
  readyMs: "start to ready, ms",
  readyCpuMs: "CPU until ready, ms",
  primaryMb: "RSS of the primary, MB",
  workerMb: "RSS of the worker, MB",
  idleCpuMs: "CPU in an idle second, ms",
};
type Figures = Record<keyof typeof columns, number>;
const names = Object.keys(columns) as (keyof Figures)[];

// The first start of each writes Node's compile cache, as the product's first start does.
for (const form of forms) await measure(form);
const samples: (Figures & { form: Form })[] = [];
for (let round = 0; round < rounds; round += 1) {
  for (const form of round % 2 === 0 ? forms : forms.toReversed()) samples.push({ form, ...(await measure(form)) });
}
console.log(writeResult("idle", { rounds, samples }, table()));

async function measure(form: Form): Promise<Figures> {
  await using sensor = await startSensor({ SENSOR_WORKERS: "1" }, form);
  const { readyMs } = sensor;
  const pid = sensor.child.pid ?? 0;
  const [worker = 0] = sensor.workers();
  const readyCpuMs = cpuSecondsOf([pid, worker]) * 1_000;
  await wait(settleMs);
  const settled = cpuSecondsOf([pid, worker]) * 1_000;
  await wait(settleMs);
  const idleCpuMs = (cpuSecondsOf([pid, worker]) * 1_000 - settled) / (settleMs / 1_000);
  return { readyMs, readyCpuMs, primaryMb: residentMbOf([pid]), workerMb: residentMbOf([worker]), idleCpuMs };
}

function table(): string[] {
  const rows = forms.map((form) => {
    const own = samples.filter((sample) => sample.form === form);
    const cells = names.map((name) => {
      const values = own.map((sample) => sample[name]);
      return `${median(values).toFixed(0)} (${Math.min(...values).toFixed(0)}–${Math.max(...values).toFixed(0)})`;
    });
    return `| ${form} | ${cells.join(" | ")} |`;
  });
  return ["", `| | ${Object.values(columns).join(" | ")} |`, `|---|${names.map(() => "---|").join("")}`, ...rows];
}
