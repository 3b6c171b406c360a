import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { AppError } from "#lib/app-error.ts";

/** Where a server should listen; `variable` is the environment's name for the port, for the sentence when it cannot. */
export type ListenOptions = { port: number; host: string | undefined; variable: string };

/** Listens and answers the port in use. Throws AppError `port.unusable` with one sentence that names the variable. */
export async function listen(server: Server, { port, host, variable }: ListenOptions): Promise<number> {
  server.listen({ port, host });
  try {
    await once(server, "listening");
  } catch (failure) {
    throw portUnusable({ port, host, variable }, failure);
  }
  return (server.address() as AddressInfo).port;
}

/** AppError `port.unusable`: what stands in the way, and what to do about it. */
export function portUnusable({ port, host, variable }: ListenOptions, cause: unknown): AppError {
  const reasons: Record<string, string> = {
    EADDRINUSE: "another program listens there already; stop it or choose another port, or 0 for any free one",
    EACCES: "this user may not listen there; choose a port from 1024 up",
    EADDRNOTAVAIL: "this machine does not have that address; set SENSOR_HOST to one it has",
  };
  const place = host === undefined ? `${port}` : `${port} on ${host}`;
  return new AppError(
    "port.unusable",
    `${variable} is ${place}, but ${reasons[codeOf(cause)] ?? `it cannot be used (${codeOf(cause)})`}.`,
    { cause },
  );
}

/** The system's name of a failure, as ENOENT. */
export function codeOf(failure: unknown): string {
  return failure instanceof Error && "code" in failure ? String(failure.code) : String(failure);
}
