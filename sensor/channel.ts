import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { AppError } from "#lib/app-error.ts";
import { type Envelope, envelopeSchema, largestMessage } from "#lib/channel/envelope.ts";
import type { Logger } from "#lib/log.ts";
import { error, type Problem, refuse } from "#lib/site/problem.ts";
import type { Asked } from "#sensor/answerer.ts";
import { listenOnChannel } from "#sensor/channel-socket.ts";
import { createQuestionLimits, type QuestionLimits } from "#sensor/question-limits.ts";

/** Where the console asks. */
export type Channel = { close(): Promise<void> };

export type ChannelOptions = {
  dataDir: string;
  /** Has a worker answer; rejects when there is none or it ends. */
  ask: (asked: Asked) => Promise<string>;
  limits?: QuestionLimits;
  log: Logger;
};

/**
 * Serves the console's questions, HTTP over a Unix socket: `POST /NAME` with an envelope, answered by a Result in JSON.
 * Checks size, shape, age and limits and passes the input on unread. Rejects with AppError `channel.…`.
 */
export async function openChannel(options: ChannelOptions): Promise<Channel> {
  const { dataDir, ask, limits = createQuestionLimits(), log } = options;
  const server = createServer({ maxHeaderSize: 4_096, headersTimeout: 5_000, requestTimeout: 10_000, connectionsCheckingInterval: 1_000 });
  server.maxConnections = 32;
  server.on("request", (request, response) => {
    answerTo(request).then(
      ([status, text]) => send(response, status, text),
      (failure: unknown) => {
        log.error({ err: failure }, "a question could not be taken");
        response.destroy();
      },
    );
  });
  const socket = await listenOnChannel(server, dataDir);
  server.on("error", (failure) => log.warn({ err: failure }, "a question could not be accepted"));
  return {
    async close() {
      socket.remove();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };

  async function answerTo(request: IncomingMessage): Promise<[status: number, text: string]> {
    const name = /^\/([a-z][a-z.-]{0,40})$/.exec(request.url ?? "")?.[1];
    if (request.method !== "POST" || name === undefined) return refusal(404, malformed);
    const text = await readBody(request);
    if (text === null) return refusal(413, tooLarge);
    const envelope = readEnvelope(text);
    if (envelope === null) return refusal(400, malformed);
    const begun = limits.begin(envelope);
    if ("problem" in begun) return refusal(429, begun.problem);
    try {
      return [200, await within(answerMs, ask({ ...envelope, name }))];
    } catch (failure) {
      const reason = failure instanceof AppError ? failure.message : String(failure);
      log.warn({ question: name, questionId: envelope.id, reason }, "a question was not answered");
      return refusal(503, noWorker);
    } finally {
      begun.end();
    }
  }
}

/** Longer than any kind of question may take: a worker that hangs must not keep its place for ever. */
const answerMs = 60_000;

async function within<T>(timeoutMs: number, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new AppError("worker.silent", "The worker did not answer.")), timeoutMs);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  // What is left unread must not cut the answer off.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > largestMessage) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function readEnvelope(text: string): Envelope | null {
  try {
    const envelope = envelopeSchema.safeParse(JSON.parse(text));
    return envelope.success ? envelope.data : null;
  } catch {
    return null;
  }
}

function refusal(status: number, problem: Problem): [status: number, text: string] {
  return [status, JSON.stringify(refuse(problem))];
}

function send(response: ServerResponse, status: number, text: string): void {
  const length = Buffer.byteLength(text);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": length, Connection: "close" });
  response.end(text);
}

const malformed = error(
  "",
  "sensor.malformed-question",
  "The sensor cannot read this question. Console and sensor may run different versions: restart both.",
);
const tooLarge = error(
  "",
  "sensor.question-too-large",
  "The certificates hold more than the sensor takes for one test. Remove those that are not needed.",
);
const noWorker = error(
  "",
  "sensor.no-worker",
  "No worker of the sensor could answer. Nothing was saved or changed; try again in a moment.",
);
