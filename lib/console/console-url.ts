import { readConsoleCertificate } from "#lib/console/certificate.ts";
import type { Environment } from "#lib/env.ts";

/**
 * The origin at which people open the console: CONSOLE_URL, else the first name in its certificate, else where it
 * listens. Throws `console.certificate` like the console itself.
 */
export function consoleUrl({ consoleUrl, consoleTls, consoleHost }: Environment, port: number, now: Date): string {
  if (consoleUrl !== undefined) return consoleUrl;
  const scheme = consoleTls === undefined ? "http" : "https";
  const named = consoleTls && readConsoleCertificate(consoleTls, now).leaf.dnsNames.find((name) => !name.startsWith("*"));
  const isEverywhere = ["0.0.0.0", "::"].includes(consoleHost);
  const host = named ?? (isEverywhere ? "localhost" : consoleHost);
  return new URL(`${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`).origin;
}
