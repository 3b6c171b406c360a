import { once } from "node:events";
import type { AddressInfo, Server } from "node:net";
import { AppError } from "#lib/app-error.ts";

/** Where a server should listen; `variable` is the environment's name for the port, for the sentence when it cannot. */
export type ListenOptions = { port: number; host: string | undefined; variable: string };

/**
 * Listens and answers the port in use. Without a host: all addresses, IPv4 alone on a machine without IPv6.
 * Throws AppError `port.unusable` with one sentence that names the variable.
 */
export async function listen(server: Server, options: ListenOptions): Promise<number> {
  const { port, host } = options;
  try {
    await bind(server, port, host ?? "::");
  } catch (failure) {
    if (host !== undefined || !["EAFNOSUPPORT", "EADDRNOTAVAIL"].includes(codeOf(failure))) throw unusable(options, failure);
    await bind(server, port, "0.0.0.0").catch((second: unknown) => {
      throw unusable(options, second);
    });
  }
  return (server.address() as AddressInfo).port;
}

async function bind(server: Server, port: number, host: string): Promise<void> {
  server.listen({ port, host, backlog: 4_096 });
  await once(server, "listening");
}

function unusable({ port, host, variable }: ListenOptions, cause: unknown): AppError {
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

function codeOf(failure: unknown): string {
  return failure instanceof Error && "code" in failure ? String(failure.code) : String(failure);
}
