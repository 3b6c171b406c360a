import { randomUUID } from "node:crypto";
import { request } from "node:http";
import { z } from "zod";
import { AppError } from "#lib/app-error.ts";
import { type Envelope, largestMessage } from "#lib/channel/envelope.ts";
import type { QuestionKind } from "#lib/channel/questions.ts";
import { openSocketFolder, socketName } from "#lib/channel/socket-folder.ts";
import { readEnvironment } from "#lib/env.ts";
import { createLogger } from "#lib/log.ts";
import { error, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import type { Recipient } from "#lib/store/seal.ts";
import { sealSecret } from "#lib/store/seal-secret.ts";

/** One question: its kind under its name, the tenant the action was authorised for, and what it asks. */
export type Ask<Input, Answer> = {
  kind: [name: string, kind: QuestionKind<Input, Answer>];
  tenantId: string;
  input: Input;
  /** Travels sealed for the sensor alone, bound to this question. */
  secret?: { recipient: Recipient; plain: Buffer } | undefined;
  dataDir?: string;
};

/** Asks the sensor over its socket; that it is not running, or does not answer in time, is a problem in plain words. */
export async function askSensor<Input, Answer>(ask: Ask<Input, Answer>): Promise<Result<Answer>> {
  const { kind, dataDir = readEnvironment().dataDir } = ask;
  const [name, { answer, withinMs }] = kind;
  const body = JSON.stringify(await seal(ask));
  if (Buffer.byteLength(body) > largestMessage) return refuse(tooLarge);
  const reply = await exchange({ dataDir, name, body, withinMs: withinMs + patienceMs });
  if ("problem" in reply) return refuse(reply.problem);
  const result = readResult(answer, reply.text);
  return result ?? refuse(notUnderstood);
}

/** For what is not the handler's own time: the way to a worker and back. */
const patienceMs = 3_000;

async function seal<Input, Answer>({ kind: [name], tenantId, input, secret }: Ask<Input, Answer>): Promise<Envelope> {
  const question = { id: randomUUID(), tenantId, askedAt: Date.now(), input: JSON.stringify(input) };
  return { ...question, secret: secret ? await sealSecret(secret.recipient, secret.plain, { name, ...question }) : null };
}

type Exchange = { dataDir: string; name: string; body: string; withinMs: number };

async function exchange({ dataDir, name, body, withinMs }: Exchange): Promise<{ text: string } | { problem: Problem }> {
  const signal = AbortSignal.timeout(withinMs);
  try {
    const folder = openSocketFolder(dataDir);
    try {
      return { text: await post({ socketPath: folder.at(socketName), path: `/${name}`, signal }, body) };
    } finally {
      folder.close();
    }
  } catch (failure) {
    if (failure instanceof AppError) return { problem: error("", failure.code, failure.message) };
    const code = failure instanceof Error && "code" in failure ? String(failure.code) : "";
    createLogger("console").warn({ question: name, code }, "the sensor did not answer a question");
    if (signal.aborted) return { problem: late };
    return { problem: code === "EACCES" || code === "EPERM" ? forbidden : notRunning };
  }
}

function post(options: { socketPath: string; path: string; signal: AbortSignal }, body: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  const asked = request({ ...options, method: "POST", agent: false, headers }, async (response) => {
    const chunks: Buffer[] = [];
    let size = 0;
    try {
      for await (const chunk of response) {
        size += chunk.length;
        if (size > largestMessage) throw new AppError("sensor.answer-too-long", "The sensor’s answer is too long.");
        chunks.push(chunk);
      }
      resolve(Buffer.concat(chunks).toString("utf8"));
    } catch (failure) {
      reject(failure);
      asked.destroy();
    }
  });
  asked.on("error", reject);
  asked.end(body);
  return promise;
}

const problemSchema = z.object({
  path: z.string(),
  code: z.string(),
  message: z.string(),
  severity: z.enum(["error", "warning"]),
  block: z.number().optional(),
});

/** Null when it is no answer to this kind of question. */
function readResult<Answer>(answer: z.ZodType<Answer>, text: string): Result<Answer> | null {
  const schema = z.discriminatedUnion("ok", [
    z.object({ ok: z.literal(true), value: answer }),
    z.object({ ok: z.literal(false), problems: z.array(problemSchema).min(1) }),
  ]);
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? (result.data as Result<Answer>) : null;
  } catch {
    return null;
  }
}

const notRunning = error("", "sensor.not-running", "The sensor is not running, so nothing was done. Start it, then try again.");
const late = error("", "sensor.no-answer", "The sensor did not answer in time. Nothing was changed; try again in a moment.");
const forbidden = error(
  "",
  "sensor.forbidden",
  "The console may not use the sensor’s socket: both must run as one user, or share the data folder by a group (docs/operations.md).",
);
const notUnderstood = error(
  "",
  "sensor.other-version",
  "The console does not understand the sensor’s answer. They may run different versions: restart both.",
);
const tooLarge = error(
  "",
  "sensor.question-too-large",
  "The certificates hold more than the sensor takes for one test. Remove those that are not needed.",
);
