import type { IncomingMessage } from "node:http";
import type { Visit } from "#lib/console/visit.ts";

/**
 * Makes the request's headers what Next may believe. Next takes the word of `x-…` and `next-…` headers on where a
 * request comes from, how it was routed and which checks it has passed (CVE-2025-29927): of these only what Next's own
 * pages send goes in, and the rest is said here. Next reads the page's nonce from Content-Security-Policy.
 */
export function writeInnerHeaders({ headers }: IncomingMessage, visit: Visit, policy: string): void {
  for (const name of Object.keys(headers)) {
    if (isInternal(name) && !sentByPages.has(name)) delete headers[name];
  }
  const { host, protocol, port } = new URL(visit.origin);
  headers.host = host;
  headers["content-security-policy"] = policy;
  headers["x-forwarded-for"] = visit.address;
  headers["x-forwarded-host"] = host;
  headers["x-forwarded-port"] = port || (visit.isSecure ? "443" : "80");
  headers["x-forwarded-proto"] = protocol.slice(0, -1);
}

function isInternal(name: string): boolean {
  return /^(?:x[-_]|next[-_]|forwarded$|content-security-policy)/.test(name);
}

const sentByPages = new Set([
  "next-action",
  "next-router-state-tree",
  "next-router-prefetch",
  "next-router-segment-prefetch",
  "next-url",
  // In development only.
  "next-hmr-refresh",
  "x-nextjs-request-id",
  "x-nextjs-html-request-id",
]);
