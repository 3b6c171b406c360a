import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { familyOf } from "#bench/contender.ts";
import { cpuSecondsOf } from "#bench/machine.ts";
import { median } from "#bench/report.ts";

/** What one kind of request costs: milliseconds to the last byte, CPU of the console in ms, bytes as sent and as read. */
export type RequestCost = { ms: number; cpuMs: number; sentBytes: number; status: number };

export type Asked = { path: string; headers?: Record<string, string> };

/** Asks `count` times, or for five seconds, over one kept connection: the median time, and the mean of the console's CPU. */
export async function costOf(url: string, { path, headers = {} }: Asked, count: number): Promise<RequestCost> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = () => answerTo(new URL(path, url), { "accept-encoding": "gzip", ...headers }, agent);
  await ask();
  const pid = consolePid();
  const before = cpuSecondsOf([pid]);
  const answers = [];
  for (const end = performance.now() + 5_000; answers.length < count && (answers.length === 0 || performance.now() < end); )
    answers.push(await ask());
  const cpuMs = ((cpuSecondsOf([pid]) - before) * 1_000) / answers.length;
  agent.destroy();
  const [last] = answers.slice(-1);
  return { ms: median(answers.map(({ ms }) => ms)), cpuMs, sentBytes: last?.bytes ?? 0, status: last?.status ?? 0 };
}

/** The entity tag that an answer carries now. */
export async function tagOf(url: string, path: string, headers: Record<string, string>): Promise<string> {
  return (await fetch(new URL(path, url), { headers })).headers.get("etag") ?? "";
}

/** The bytes of files together as a client gets them that takes gzip alone. */
export async function gzipBytesOf(urls: readonly string[]): Promise<number> {
  const agent = new Agent();
  let sum = 0;
  for (const url of urls) sum += (await answerTo(new URL(url), { "accept-encoding": "gzip" }, agent)).bytes;
  return sum;
}

function answerTo(url: URL, headers: Record<string, string>, agent: Agent): Promise<{ ms: number; bytes: number; status: number }> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    request(url, { headers, agent }, (answer) => {
      let bytes = 0;
      answer.on("data", (part: Buffer) => (bytes += part.length));
      answer.once("end", () => resolve({ ms: performance.now() - started, bytes, status: answer.statusCode ?? 0 }));
      answer.once("error", reject);
    })
      .once("error", reject)
      .end();
  });
}

/** The console among the processes that this one has started. */
function consolePid(): number {
  const pid = familyOf(process.pid).find((one) => readFileSync(`/proc/${one}/cmdline`, "utf8").includes("lib/console/server.ts"));
  if (pid === undefined) throw new Error("The console does not run.");
  return pid;
}
