import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AppError } from "#lib/app-error.ts";
import type { BoundPort } from "#sensor/bound-port.ts";
import type { Begin, FromWorker, ToWorker, TrafficPort } from "#sensor/messages.ts";
import { programUrl } from "#sensor/program.ts";
import type { Hired, Reports } from "#sensor/workers.ts";

/** A worker that says nothing for so long hangs; its connections are lost either way. */
const silentMs = 30_000;

const script = fileURLToPath(programUrl("worker-main"));

/** What a worker gets to start with: what it must know, and the ports it is to accept on. */
export type Opening = { begin: Begin; bound: Record<TrafficPort, BoundPort> };

/** Hires workers that are processes of their own, so that a crash costs one core's connections and no more. */
export function createWorkerProcesses(open: () => Opening): (reports: Reports) => Hired {
  return (reports) => {
    const child = fork(script, { serialization: "json" });
    const { begin, bound } = open();
    const questions = new Map<string, PromiseWithResolvers<string>>();
    let fatal: string | null = null;
    const silence = setTimeout(() => {
      fatal = `It said nothing for ${silentMs / 1_000} s.`;
      child.kill("SIGKILL");
    }, silentMs).unref();

    child.on("message", (message: FromWorker) => {
      silence.refresh();
      if (message.type === "fatal") fatal = message.message;
      else if (message.type === "answer") questions.get(message.id)?.resolve(message.answer);
      else if (message.type === "arrived") tell(child, { type: "judged", judgements: reports.onArrived(message.arrivals) });
      else if (message.type === "record") record(reports, child, message.batch);
      else hear(reports, message);
    });
    child.on("error", (failure) => {
      fatal ??= failure.message;
      // What the system did not even start (no process or file descriptor left) never exits.
      if (child.pid === undefined) end(fatal);
      else child.kill("SIGKILL");
    });
    child.once("exit", (code, signal) => end(fatal ?? `It ended with ${signal ?? `exit code ${code}`}.`));
    tell(child, { type: "begin", ...begin });
    listen();

    return {
      listen,
      rest: () => tell(child, { type: "rest" }),
      overrule: (overruling) => tell(child, { type: "overrule", ...overruling }),
      ask(asked) {
        const question = Promise.withResolvers<string>();
        questions.set(asked.id, question);
        tell(child, { type: "ask", asked });
        return question.promise.finally(() => questions.delete(asked.id));
      },
      drain: () => tell(child, { type: "drain" }),
      kill: () => void child.kill("SIGKILL"),
    };

    function listen(): void {
      for (const port of ["http", "https"] as const) tell(child, { type: "listen", port }, bound[port]);
    }

    function end(reason: string): void {
      clearTimeout(silence);
      for (const { reject } of questions.values()) reject(new AppError("worker.ended", "The worker ended before it had answered."));
      reports.onEnded(reason);
    }
  };
}

/** A worker that is gone is told nothing: its exit is reported anyway. */
function tell(child: ChildProcess, message: ToWorker, port?: BoundPort): void {
  if (child.connected) child.send(message, port?.handle, () => {});
}

function record(reports: Reports, child: ChildProcess, batch: string): void {
  reports.onRecord(batch).then(
    () => tell(child, { type: "recorded", isTaken: true }),
    () => tell(child, { type: "recorded", isTaken: false }),
  );
}

function hear(reports: Reports, message: Exclude<FromWorker, { type: "fatal" | "record" | "answer" | "arrived" }>): void {
  if (message.type === "ready") reports.onReady();
  else if (message.type === "leaving") reports.onLeaving();
  else if (message.type === "word") reports.onWord(message.word);
  else if (message.type === "closed") reports.onClosed(message.addresses);
  else if (message.type === "counts") reports.onCounts(message.counts);
  else reports.onStatus(message.status);
}
