import { closeSync, constants, openSync } from "node:fs";
import path from "node:path";
import { AppError } from "#lib/app-error.ts";

/** The name of the socket between console and sensor, in the data folder. */
export const socketName = "sensor.sock";

/** A folder as a socket's address can name it: `at` gives the address of a file in it, until `close`. */
export type SocketFolder = { at(name: string): string; close(): void };

/** What a socket's address holds (`sun_path`): 108 bytes on Linux, 104 elsewhere, the zero at the end counted. */
const longestAddress = process.platform === "linux" ? 107 : 103;
/** Left for names inside the folder. */
const longestName = 32;

/**
 * Opens the data folder for a socket. A longer path than an address holds goes through the open folder's own name in
 * /proc, the same on both sides. Throws AppError `channel.unsupported` or `channel.path-too-long` with a sentence.
 */
export function openSocketFolder(dataDir: string): SocketFolder {
  if (process.platform === "win32")
    throw new AppError(
      "channel.unsupported",
      "Windows has no socket that only its owner can open, so the console cannot ask the sensor there.",
    );
  if (Buffer.byteLength(dataDir) + 1 + longestName <= longestAddress) return { at: (name) => path.join(dataDir, name), close: () => {} };
  if (process.platform !== "linux")
    throw new AppError(
      "channel.path-too-long",
      `The path of the data folder ${dataDir} is too long for the socket in it: set DATA_DIR to a path of at most ${longestAddress - longestName - 1} bytes.`,
    );
  const descriptor = openSync(dataDir, constants.O_RDONLY | constants.O_DIRECTORY);
  return { at: (name) => `/proc/self/fd/${descriptor}/${name}`, close: () => closeSync(descriptor) };
}
