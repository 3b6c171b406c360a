import { once } from "node:events";
import { chmodSync, lstatSync, mkdtempSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { connect, type Server } from "node:net";
import path from "node:path";
import { AppError } from "#lib/app-error.ts";
import { openSocketFolder, type SocketFolder, socketName } from "#lib/channel/socket-folder.ts";
import { isSharedFolder } from "#lib/store/data-folder.ts";

/** A server on a socket in the data folder; `remove` takes the file away unless another process has put its own there. */
export type ChannelSocket = { remove(): void };

/**
 * Binds the server to DATA_DIR/sensor.sock. Access is the file's mode: 0600, or 0660 in a folder that console and sensor
 * share by a group. It gets that mode in a folder of its own before it appears under its name, so that no moment is open to
 * others. Throws AppError `channel.in-use`, `channel.unusable` and those of `openSocketFolder`.
 */
export async function listenOnChannel(server: Server, dataDir: string): Promise<ChannelSocket> {
  const file = path.join(dataDir, socketName);
  let folder: SocketFolder | null = null;
  try {
    folder = openSocketFolder(dataDir);
    await refuseLiving(folder, file);
    await bind(server, folder, dataDir, file);
  } catch (cause) {
    throw cause instanceof AppError ? cause : unusable(file, cause);
  } finally {
    folder?.close();
  }
  const own = markOf(file);
  return {
    remove: () => {
      if (own !== null && markOf(file) === own) rmSync(file, { force: true });
    },
  };
}

async function bind(server: Server, folder: SocketFolder, dataDir: string, file: string): Promise<void> {
  const draft = mkdtempSync(path.join(dataDir, ".channel-"));
  try {
    const name = path.join(path.basename(draft), "s");
    server.listen({ path: folder.at(name) });
    await once(server, "listening");
    chmodSync(path.join(draft, "s"), isSharedFolder(dataDir) ? 0o660 : 0o600);
    renameSync(path.join(draft, "s"), file);
  } catch (cause) {
    server.close();
    rmSync(path.join(draft, "s"), { force: true });
    throw cause;
  } finally {
    rmdirSync(draft);
  }
}

/** What a killed sensor left is replaced; a socket that somebody answers at, and whatever is no socket, is not ours to take. */
async function refuseLiving(folder: SocketFolder, file: string): Promise<void> {
  const status = lstatSync(file, { throwIfNoEntry: false });
  if (status === undefined) return;
  if (!status.isSocket()) throw new AppError("channel.in-use", `${file} is not a socket: move it away, then restart the sensor.`);
  const socket = connect({ path: folder.at(socketName) });
  try {
    await once(socket, "connect");
  } catch (failure) {
    if (failure instanceof Error && "code" in failure && failure.code === "ECONNREFUSED") return;
    throw failure;
  } finally {
    socket.destroy();
  }
  throw new AppError("channel.in-use", `Another sensor answers at ${file}: stop it, or set another DATA_DIR.`);
}

/** Which file this is: an inode's number alone is given again at once. */
function markOf(file: string): string | null {
  const status = lstatSync(file, { bigint: true, throwIfNoEntry: false });
  return status === undefined ? null : `${status.ino} ${status.mtimeNs}`;
}

function unusable(file: string, cause: unknown): AppError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new AppError("channel.unusable", `The console cannot ask the sensor: ${file} cannot be used (${code}).`, { cause });
}
