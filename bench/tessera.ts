import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type Contender, familyOf, type Running, type Setting } from "#bench/contender.ts";
import { type Form, startSensor } from "#bench/sensor.ts";

/** The sensor with one worker; primary and worker share the first core. */
export function createTessera(name: string, variables: Record<string, string> = {}, form: Form = "built"): Contender {
  const version = () => JSON.parse(readFileSync("package.json", "utf8")).version;
  return { name, version, start: (setting) => start(setting, variables, form) };
}

async function start({ pki, originPort, port }: Setting, variables: Record<string, string>, form: Form): Promise<Running> {
  const { site, partners, originAuthority, sensor } = pki.identities;
  const running = await startSensor(
    { SENSOR_WORKERS: "1", SENSOR_HTTPS_PORT: String(port), SENSOR_MAX_CONNECTIONS_PER_ADDRESS: "10000", ...variables },
    form,
  );
  const pid = running.child.pid ?? 0;
  await running.sites.save({
    hostName: pki.hostName,
    certificate: site,
    downstream: [partners],
    upstream: sensor,
    originHttpsPort: originPort,
    originCaCertificates: originAuthority.certificate,
    originServerName: pki.originName,
    maxBodySizeMb: 1_000,
  });
  for (const one of familyOf(pid)) spawnSync("taskset", ["-a", "-c", "-p", "0", String(one)]);
  return { port, pids: () => familyOf(pid), stop: () => running[Symbol.asyncDispose]() };
}
