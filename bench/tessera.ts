import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type Contender, familyOf } from "#bench/contender.ts";
import { type Form, startSensor } from "#bench/sensor.ts";

/** The same under another name and with another environment. */
export type Variant = { name?: string; variables?: Record<string, string> };

/** The sensor with one worker; primary and worker share the first core. */
export function tessera(form: Form, { name = "Tessera", variables = {} }: Variant = {}): Contender {
  return {
    name,
    version: () => JSON.parse(readFileSync("package.json", "utf8")).version,
    async start({ pki, originPort, port }) {
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
    },
  };
}
