import { chmodSync, chownSync, existsSync } from "node:fs";
import path from "node:path";
import { AppError } from "#lib/app-error.ts";

type SystemUser = { uid: number; gid: number };

/**
 * Gives each program's files in the data folder to its own user: by their group both read and lock either database, while
 * the keyring is the sensor's alone and nobody can put a file in the place of the other's (the folder's sticky bit).
 */
export function shareDataFolder(dataDir: string, secretsKeyFile: string, users: { console: SystemUser; sensor: SystemUser }): void {
  if (process.geteuid?.() !== 0)
    throw new AppError(
      "environment.invalid",
      "CONSOLE_USER and SENSOR_USER need a launcher with root's rights: start it as root, or unset both.",
    );
  chownSync(dataDir, 0, users.console.gid);
  chmodSync(dataDir, 0o3770);
  give(databaseFiles(dataDir, "console.db"), users.console, 0o660);
  give(databaseFiles(dataDir, "sensor.db"), users.sensor, 0o660);
  give([path.join(dataDir, "console.key")], users.console, 0o600);
  give([secretsKeyFile], users.sensor, 0o600);
}

function give(files: readonly string[], { uid, gid }: SystemUser, mode: number): void {
  for (const file of files) {
    if (!existsSync(file)) continue;
    chownSync(file, uid, gid);
    chmodSync(file, mode);
  }
}

function databaseFiles(dataDir: string, name: string): string[] {
  return ["", "-wal", "-shm"].map((side) => path.join(dataDir, name + side));
}
