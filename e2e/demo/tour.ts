import type { Stage } from "#e2e/demo/stage.ts";
import { both } from "#e2e/demo/tours/both.ts";
import { downstream } from "#e2e/demo/tours/downstream.ts";
import { flag } from "#e2e/demo/tours/flag.ts";
import { lockedOut } from "#e2e/demo/tours/locked-out.ts";
import { rotateCa } from "#e2e/demo/tours/rotate-ca.ts";
import { upstream } from "#e2e/demo/tours/upstream.ts";

/** A story in a fresh demo, signed in, with the list of sites shown; it throws when the product does not do what the story says. */
export type Tour = { title: string; play(stage: Stage): Promise<void> };

/** By the name that stands behind `tour` on the command line. */
export const tours: Record<string, Tour> = {
  downstream,
  upstream,
  both,
  "rotate-ca": rotateCa,
  "locked-out": lockedOut,
  flag,
};
