/** Why the dialer gave no connection; `message` is for the log, never for a client. */
export class DialError extends Error {
  readonly code: "dial.forbidden" | "dial.unresolved" | "dial.timeout" | "dial.closed" | "dial.aborted";

  constructor(code: DialError["code"], message: string) {
    super(message);
    this.name = "DialError";
    this.code = code;
  }
}

/** The stable code of a failure of ours, of the system or of TLS; empty when it has none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** Writes down at which address something failed, unless the platform has. */
export function blame(error: unknown, address: string): void {
  if (error instanceof Error && !("address" in error)) Object.assign(error, { address });
}

/** The address at which something failed, undefined when there was none. */
export function addressOf(error: unknown): string | undefined {
  return error instanceof Error && "address" in error && typeof error.address === "string" ? error.address : undefined;
}

/** Whether the address could not be reached, so that another one may be; a certificate's fault is no such failure. */
export function isConnectionFailure(error: unknown): boolean {
  return connectionCodes.has(codeOf(error));
}

const connectionCodes = new Set([
  "dial.closed",
  "dial.timeout",
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTDOWN",
  "EHOSTUNREACH",
  "EINVAL",
  "ENETDOWN",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
]);
