import type { z } from "zod";

/** One kind of question: what goes in, what comes back, and how long the sensor may take. */
export type QuestionKind<Input = unknown, Answer = unknown> = { input: z.ZodType<Input>; answer: z.ZodType<Answer>; withinMs: number };

/** All that the console can ask of the sensor, by name; the sensor has a handler for each (sensor/handlers). */
export const questions = {} satisfies Record<string, QuestionKind>;

export type Questions = typeof questions;
