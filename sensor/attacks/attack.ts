import type { Field } from "#sensor/attacks/field.ts";

/** One attack, tried in the same way on the obvious design and on the sensor. */
export type Attack = {
  /** Who does what, as the table has it. */
  name: string;
  /** Tries it and says in a few words what came of it. */
  run: (field: Field) => Promise<string>;
  /** What is expected to come of it, on Node 24. */
  obvious: string;
  tessera: string;
  /** Why the sensor answers so. */
  rule: string;
  /** Shows that the rule does the work where the obvious design, or the platform, refuses as well. */
  without?: { rules: Rule[]; outcome: string };
};

/** Rules of the sensor that a test can take out; nothing outside the tests can. */
export type Rule = "own sessions" | "no resumed client" | "no renegotiation" | "whole hello" | "own deadlines" | "strict parser";
