import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The ports that are listened on, by the variable that asks for each. */
export type Ports = Partial<Record<(typeof portNames)[number], number>>;

export const portNames = ["CONSOLE_PORT", "SENSOR_HTTP_PORT", "SENSOR_HTTPS_PORT", "SENSOR_ADMIN_PORT"] as const;

/** Says in DATA_DIR/ports.json where everything listens; whoever reads the file sees all of it or none. */
export function writePortsFile(dataDir: string, ports: Ports): void {
  const file = join(dataDir, "ports.json");
  const draft = `${file}.${process.pid}.new`;
  writeFileSync(draft, `${JSON.stringify(ports, null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, file);
}

/** The ports of the product that runs on this data folder; none of them while none does. */
export function readPortsFile(dataDir: string): Ports {
  try {
    return JSON.parse(readFileSync(join(dataDir, "ports.json"), "utf8"));
  } catch {
    return {};
  }
}

export function removePortsFile(dataDir: string): void {
  rmSync(join(dataDir, "ports.json"), { force: true });
}
