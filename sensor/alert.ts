import type { Socket } from "node:net";

/** TLS alert descriptions the dispatcher sends itself (RFC 8446 §6.2, RFC 6066 §3). */
export const alerts = { decodeError: 50, internalError: 80, unrecognizedName: 112 } as const;

export type Alert = keyof typeof alerts;

/**
 * Ends a connection whose hello was read by us and never reached a TLS server: one fatal alert record, in the clear as
 * every alert before the ServerHello is, then FIN; what the client still sends is thrown away until it closes.
 */
export function sendAlert(socket: Socket, alert: Alert, lingerMs: number = 1_000): void {
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
  // Unread bytes at close make the kernel send RST, which may overtake the alert.
  socket.resume();
  socket.end(alertRecord(alert));
}

/** The record: type alert, version 3.3 as every record layer writes it, two bytes: fatal, description. */
export function alertRecord(alert: Alert): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, alerts[alert]]);
}
