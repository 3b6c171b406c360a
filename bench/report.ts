import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeMachine } from "#bench/machine.ts";
import type { Comparison, Sample } from "#bench/proxies.ts";

/** Writes a comparison's tables; ratios are to the contender `reference`, from medians of the same run. */
export function writeReport(name: string, comparisons: Comparison[], missing: string[], reference: string): string {
  return writeResult(name, { missing, comparisons }, [
    ...(missing.length > 0 ? ["", `Not installed, so not measured: ${missing.join(", ")}.`] : []),
    ...[...new Set(comparisons.map(({ work }) => work))].flatMap((work) => tableOf(work, comparisons, reference)),
  ]);
}

/** Writes `bench/results/NAME.json` and `.md` with what they were taken on; answers the text. */
export function writeResult(name: string, figures: object, tables: readonly string[]): string {
  const machine = describeMachine();
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify({ at: new Date(), machine, ...figures }, null, 1)}\n`);
  const taken = `${new Date().toISOString()} · ${machine.cpu}, ${machine.cores} cores · Linux ${machine.kernel} · Node ${machine.node}`;
  const text = [`# ${name}`, "", taken, ...tables, ""].join("\n");
  writeFileSync(join(folder, `${name}.md`), text);
  return text;
}

function tableOf(work: string, comparisons: Comparison[], reference: string): string[] {
  const rows = comparisons.filter((comparison) => comparison.work === work);
  const standard = rows.find(({ contender }) => contender === reference);
  const unit = rows[0]?.unit ?? "";
  return [
    "",
    `## ${work}`,
    "",
    `| | ${unit}s/s | spread | ÷ ${reference} | CPU µs per ${unit} | ÷ ${reference} | p99 ms | RSS MB, worker (all) | failed | load, origin busy |`,
    "|---|---|---|---|---|---|---|---|---|---|",
    ...rows.map((row) => {
      const of = (pick: (sample: Sample) => number) => median(row.samples.map(pick));
      const to = (pick: (sample: Sample) => number) => (standard ? (of(pick) / median(standard.samples.map(pick))).toFixed(2) : "");
      const rates = row.samples.map(({ rate }) => rate);
      return `| ${row.contender} ${row.version} | ${of(({ rate }) => rate).toFixed(0)} | ${Math.min(...rates).toFixed(0)}–${Math.max(...rates).toFixed(0)} | ${to(({ rate }) => rate)} | ${of(({ cpuUs }) => cpuUs).toFixed(0)} | ${to(({ cpuUs }) => cpuUs)} | ${(of(({ p99Us }) => p99Us) / 1_000).toFixed(1)} | ${of(({ workerMb }) => workerMb).toFixed(0)} (${of(({ residentMb }) => residentMb).toFixed(0)}) | ${row.samples.reduce((sum, { failed }) => sum + failed, 0)} | ${percent(of(({ loadShare }) => loadShare))}, ${percent(of(({ originShare }) => originShare))} |`;
    }),
  ];
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
