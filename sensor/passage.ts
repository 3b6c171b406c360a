import type { CompiledSite } from "#lib/site/compile.ts";
import type { UpstreamVerdict } from "#lib/site/verdict.ts";
import type { Upstream } from "#sensor/upstream.ts";

/**
 * One admitted request on its way to the origin: everything the forwarder may know about the client's side.
 * It is made by the gate only, after certificate, host name and revision have been judged.
 */
export type Passage = {
  /** What the client reads as `X-Request-Id` and the log calls `requestId`. */
  readonly requestId: string;
  readonly siteId: string;
  /** The revision that was current when the request began; it stays this request's law to its end. */
  readonly revision: number;
  readonly compiled: CompiledSite;
  readonly upstream: Upstream;
  readonly scheme: "http" | "https";
  /** The peer of the TCP connection, IPv4-mapped unwrapped; the forwarder applies Set Real IP From. */
  readonly clientAddress: string;
  /** The port the client dialled, for `X-Forwarded-Port` and `X-Forwarded-Host`. */
  readonly publicPort: number;
  /** Called exactly once, when the request is over: answered, refused by a limit, or given up by the client. */
  readonly onDone: (outcome: Outcome) => void;
};

/** How a request ended: `status` is null when no answer began, `verdict` null when the origin was never dialled. */
export type Outcome = {
  status: number | null;
  verdict: UpstreamVerdict | null;
  /** For the log only, never for the client: what the origin or the platform said. */
  reason?: string;
  /** From handing the request over to the head of the origin's answer. */
  originMs?: number | undefined;
  /** The address that was dialled, where a connection came about. */
  originAddress?: string | undefined;
};
