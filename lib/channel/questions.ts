import type { z } from "zod";

/** One kind of question: what goes in, what comes back, and how long the sensor may take. */
export type QuestionKind<Input = unknown, Answer = unknown> = { input: z.ZodType<Input>; answer: z.ZodType<Answer>; withinMs: number };

/** The names of all that the console can ask of the sensor; each has a kind in this folder and a handler in the sensor. */
export const questionNames = ["origin.test", "webhook.test"] as const;

export type QuestionName = (typeof questionNames)[number];
