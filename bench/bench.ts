import { parseArgs } from "node:util";
import type { Contender } from "#bench/contender.ts";
import { caddy, haproxy, nginx } from "#bench/peers.ts";
import { compareProxies, works } from "#bench/proxies.ts";
import { writeReport } from "#bench/report.ts";
import { createTessera } from "#bench/tessera.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
    work: { type: "string" },
    // The sensor as development runs it, to see what its build changes.
    sources: { type: "boolean", default: false },
  },
});

const all: Contender[] = [createTessera("Tessera", {}, values.sources ? "sources" : "built"), nginx, haproxy, caddy];
const installed = all.filter((contender) => contender.version() !== null);
const missing = all.filter((contender) => !installed.includes(contender)).map(({ name }) => name);
const contenders = installed.filter(({ name }) => !values.only || values.only.toLowerCase().split(",").includes(name.toLowerCase()));
const chosen = works.filter(({ name }) => !values.work || name.includes(values.work));
const comparisons = await compareProxies(contenders, chosen, Number(values.rounds), console.log);
console.log(writeReport("proxies", comparisons, missing, "nginx"));
