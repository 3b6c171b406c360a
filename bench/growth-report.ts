import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Asked } from "#bench/growth-client.ts";
import { describeMachine } from "#bench/machine.ts";

type Spread = { median: number; p95: number };

/** What was measured at one number of sites. */
export type GrowthRow = {
  sites: number;
  /** From the process's start to its word that it serves, and the CPU time by then. */
  readyMs: number;
  readyWorkerCpuMs: number;
  readyPrimaryCpuMs: number;
  /** CPU time by the end of what a start leaves for later. */
  settledWorkerCpuMs: number;
  settledPrimaryCpuMs: number;
  /** CPU time of a minute in which nobody asks. */
  idleWorkerCpuMs: number;
  idlePrimaryCpuMs: number;
  idleWorkerMb: number;
  idlePrimaryMb: number;
  /** From the commit to the begin, and to the answer, of the first handshake that the new revision decided. */
  saveBegunMs: Spread;
  saveJudgedMs: Spread;
  saveWorkerCpuMs: number;
  savePrimaryCpuMs: number;
  costMinutes: number;
  sameSite: Asked;
  otherSites: Asked;
};

/** A worker's resident memory before, with, and after the use of many sites. */
export type UseRow = {
  used: number;
  failed: number;
  before: number;
  inUse: number;
  after: [seconds: number, mb: number][];
  primaryMb: number;
};

/** Writes `bench/results/growth.json` and `.md`, and answers the text. */
export function writeGrowth(rows: readonly GrowthRow[], use: UseRow | null): string {
  const machine = describeMachine();
  const folder = join(import.meta.dirname, "results");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "growth.json"), `${JSON.stringify({ at: new Date(), machine, rows, use }, null, 1)}\n`);
  const text = [
    "# growth",
    "",
    `${new Date().toISOString()} · ${machine.cpu}, ${machine.cores} cores · Linux ${machine.kernel} · Node ${machine.node}`,
    "",
    "| sites | start ms | CPU ms by then: worker, primary | CPU ms once settled | save → handshake begun ms, p95 | answered ms, p95 | CPU ms per save: worker, primary | idle CPU ms/min: worker, primary | idle RSS MB: worker, primary | failed of requests, same site | failed, other sites |",
    "|---|---|---|---|---|---|---|---|---|---|---|",
    ...rows.map(lineOf),
    ...(use === null ? [] : ["", linesOfUse(use)]),
    "",
  ].join("\n");
  writeFileSync(join(folder, "growth.md"), text);
  return text;
}

function lineOf(row: GrowthRow): string {
  const whole = (...figures: number[]) => figures.map((figure) => figure.toFixed(0)).join(", ");
  const tenths = (...figures: number[]) => figures.map((figure) => figure.toFixed(1)).join(", ");
  const failed = (asked: Asked) => (asked.requests === 0 ? "" : `${asked.failed} of ${asked.requests} (${asked.lost} asked again)`);
  const cells = [
    String(row.sites),
    whole(row.readyMs),
    whole(row.readyWorkerCpuMs, row.readyPrimaryCpuMs),
    whole(row.settledWorkerCpuMs, row.settledPrimaryCpuMs),
    tenths(row.saveBegunMs.median, row.saveBegunMs.p95),
    tenths(row.saveJudgedMs.median, row.saveJudgedMs.p95),
    tenths(row.saveWorkerCpuMs, row.savePrimaryCpuMs),
    whole(row.idleWorkerCpuMs, row.idlePrimaryCpuMs),
    whole(row.idleWorkerMb, row.idlePrimaryMb),
    failed(row.sameSite),
    failed(row.otherSites),
  ];
  return `| ${cells.join(" | ")} |`;
}

function linesOfUse({ used, failed, before, inUse, after, primaryMb }: UseRow): string {
  const last = after.at(-1);
  return [
    `A worker's memory: ${before.toFixed(0)} MB at rest, ${inUse.toFixed(0)} MB with ${used} sites in use (${failed} requests failed),`,
    `${last?.[1].toFixed(0)} MB ${last?.[0]} s after the last request; the primary ${primaryMb.toFixed(0)} MB.`,
  ].join(" ");
}
