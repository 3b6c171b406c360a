import type { Timeouts } from "#lib/limits.ts";

/** How long a client may take, in milliseconds; a TLS server that never listens enforces none of these itself. */
export type Deadlines = {
  /** From TCP accept to a whole ClientHello. */
  helloMs: number;
  /** From the ClientHello to the end of the handshake. */
  handshakeMs: number;
  /** For a request's head, from the handshake or from its first byte on a kept connection. */
  headMs: number;
  /** The same for a client that will be refused anyway. */
  refusedHeadMs: number;
  /** Between two requests of a kept connection. */
  idleMs: number;
  /** For a client that takes nothing of what is waiting to be sent to it. */
  stallMs: number;
  /** For a closing connection to see the other side's FIN. */
  lingerMs: number;
  /** For what runs when the sensor is asked to stop. */
  drainMs: number;
  /** After which what was read of a site that nobody asks for is let go. */
  unusedSiteMs: number;
  /** How often the deadlines are looked at. */
  sweepMs: number;
};

export const deadlines: Deadlines = {
  helloMs: 10_000,
  handshakeMs: 10_000,
  headMs: 15_000,
  refusedHeadMs: 5_000,
  idleMs: 75_000,
  stallMs: 60_000,
  lingerMs: 1_000,
  drainMs: 20_000,
  unusedSiteMs: 600_000,
  sweepMs: 500,
};

/** The deadlines with what the environment says about some of them. */
export function deadlinesFrom({ helloMs, headMs, idleMs, drainMs, unusedSiteMs }: Timeouts): Deadlines {
  const refusedHeadMs = Math.min(deadlines.refusedHeadMs, headMs);
  return { ...deadlines, helloMs, handshakeMs: helloMs, headMs, refusedHeadMs, idleMs, drainMs, unusedSiteMs };
}

/** How long what runs on an old revision may go on, and how long an idle connection may still bring one request. */
export type Cut = { requestMs: number; webSocketMs: number; graceMs: number };

/** After trust was reduced: nobody keeps for long what the new revision would not give. */
export const afterReduction: Cut = { requestMs: 30_000, webSocketMs: 5_000, graceMs: 0 };
/** After any other change: a request that was on its way when it came is answered, and told that it was the last. */
export const afterChange: Cut = { requestMs: 3_600_000, webSocketMs: 3_600_000, graceMs: 1_000 };
/** At SIGTERM. */
export function atDrain({ drainMs }: Pick<Deadlines, "drainMs">): Cut {
  return { requestMs: drainMs, webSocketMs: Math.min(drainMs, 5_000), graceMs: 0 };
}
