import type { SendHandle } from "node:child_process";
import { lookup } from "node:dns/promises";
import net from "node:net";
import { getSystemErrorName } from "node:util";
import { codeOf, type ListenOptions, portUnusable } from "#sensor/listen.ts";

/** A port that is taken and kept without accepting: who is sent its handle can listen, and what comes meanwhile waits. */
export type BoundPort = { readonly number: number; readonly handle: SendHandle; close(): void };

/**
 * Takes a port. Without a host: on all addresses, IPv4 alone on a machine without IPv6.
 * Throws AppError `port.unusable` with one sentence that names the variable.
 */
export async function bindPort(options: ListenOptions): Promise<BoundPort> {
  const { port, host } = options;
  try {
    return await bind(port, host ?? "::");
  } catch (failure) {
    if (host !== undefined || !["EAFNOSUPPORT", "EADDRNOTAVAIL"].includes(codeOf(failure))) throw portUnusable(options, failure);
    return await bind(port, "0.0.0.0").catch((second: unknown) => {
      throw portUnusable(options, second);
    });
  }
}

async function bind(port: number, host: string): Promise<BoundPort> {
  const { address, family } = await lookup(host);
  const handle = createHandle(address, port, family);
  if (typeof handle === "number") throw systemError(handle);
  const name: { port?: number } = {};
  // libuv tells EADDRINUSE late, and who listened with a socket whose bind failed would have any free port: asked at once.
  const failure = handle.getsockname(name);
  const close = () => handle.close();
  if (failure === 0 && name.port !== undefined) return { number: name.port, handle: sendable(handle), close };
  close();
  throw systemError(failure);
}

/** What Node's own servers listen with; a negative number is an error of the system. */
type Handle = { getsockname(name: { port?: number }): number; close(): void };

/**
 * Node documents no way to bind a port that another process shall listen on: `net.Server` accepts at once, and a
 * `net.BoundSocket` cannot be sent. This is what its `cluster` uses for handles that workers share.
 */
function createHandle(address: string, port: number, family: number): Handle | number {
  return (net as typeof net & { _createServerHandle(address: string, port: number, family: number): Handle | number })._createServerHandle(
    address,
    port,
    family,
  );
}

/** Node sends such a handle as it is; its types know the documented ones alone. */
function sendable(handle: Handle): SendHandle {
  return handle as Handle & SendHandle;
}

function systemError(errno: number): Error {
  const code = getSystemErrorName(errno);
  return Object.assign(new Error(`bind ${code}`), { code });
}
