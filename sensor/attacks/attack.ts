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
  /** Shows that a rule does the work where the obvious design, or the platform, refuses as well: the sensor without it. */
  weakened?: { where: Weakness[]; outcome: string };
};

/** What a test can make of the sensor by taking a rule out; nothing outside the tests can. */
export type Weakness =
  | "sessions are shared"
  | "a resumed client is believed"
  | "renegotiation is allowed"
  | "a hello ends with its first segment"
  | "nobody looks at deadlines"
  | "nobody counts requests"
  | "the parser is lenient";
