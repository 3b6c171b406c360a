import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { AppError } from "#lib/app-error.ts";
import type { Begin, FromWorker, ToWorker } from "#sensor/messages.ts";
import { programUrl } from "#sensor/program.ts";
import type { Delivery, Hired, Reports } from "#sensor/workers.ts";

/** A worker that says nothing for so long hangs; its connections are lost either way. */
const silentMs = 30_000;

const script = fileURLToPath(programUrl("worker-main"));

/** Hires workers that are processes of their own, so that a crash costs one core's connections and no more. */
export function createWorkerProcesses(begin: () => Begin): (reports: Reports) => Hired {
  return (reports) => {
    const child = fork(script, { serialization: "json" });
    const undelivered = new Set<Delivery>();
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
    tell(child, { type: "begin", ...begin() });

    return {
      take(delivery) {
        const { port, socket, address } = delivery;
        undelivered.add(delivery);
        // Node sends one handle after the other; the callback comes when this one has left, never when the worker is gone.
        // With `keepOpen: false` it would keep the one under way for ever when the worker dies, and the client with it.
        child.send({ type: "take", port, address } satisfies ToWorker, socket, { keepOpen: true }, (failure) => {
          if (failure !== null || !undelivered.delete(delivery)) return;
          // Closes our end alone: the worker has its own, or the kernel ends the connection with the worker.
          socket.destroy();
        });
      },
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

    function end(reason: string): void {
      clearTimeout(silence);
      for (const { reject } of questions.values()) reject(new AppError("worker.ended", "The worker ended before it had answered."));
      reports.onEnded(reason, [...undelivered]);
    }
  };
}

/** A worker that is gone is told nothing: its exit is reported anyway. */
function tell(child: ChildProcess, message: ToWorker): void {
  if (child.connected) child.send(message, () => {});
}

function record(reports: Reports, child: ChildProcess, batch: string): void {
  reports.onRecord(batch).then(
    () => tell(child, { type: "recorded", isTaken: true }),
    () => tell(child, { type: "recorded", isTaken: false }),
  );
}

function hear(reports: Reports, message: Exclude<FromWorker, { type: "fatal" | "record" | "answer" }>): void {
  if (message.type === "ready") reports.onReady();
  else if (message.type === "leaving") reports.onLeaving();
  else if (message.type === "word") reports.onWord(message.word);
  else if (message.type === "closed") reports.onClosed(message.addresses);
  else if (message.type === "counts") reports.onCounts(message.counts);
  else reports.onStatus(message.status);
}
