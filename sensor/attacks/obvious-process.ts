import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { ObviousSite, Told } from "#sensor/attacks/obvious-design.ts";

/** The obvious design, running; it is started again whenever an attack has ended it. */
export type ObviousProcess = {
  readonly port: number;
  /** Puts a site in place, or in place of what stood under its names. */
  save(site: ObviousSite): Promise<void>;
  /** For a process that serves no more: waits for its end and starts another. Answers how it ended. */
  revive(): Promise<string>;
  stop(): Promise<void>;
};

/** Starts it at the first save. */
export function startObvious(setting: Omit<Told, "sites">): ObviousProcess {
  const sites = new Map<string, ObviousSite>();
  let child: ChildProcess | null = null;
  let end = "";
  let port = 0;

  return {
    get port() {
      return port;
    },
    async save(site) {
      sites.set(site.names[0] ?? "", site);
      await tell();
    },
    async revive() {
      if (child !== null) await once(child, "exit");
      await tell();
      return end;
    },
    async stop() {
      if (child === null) return;
      const gone = once(child, "exit");
      child.kill();
      await gone;
    },
  };

  async function tell(): Promise<void> {
    child ??= launch();
    const told: Told = { ...setting, sites: [...sites.values()] };
    const answered = once(child, "message");
    child.send(told);
    [{ port }] = (await answered) as [{ port: number }];
  }

  function launch(): ChildProcess {
    const started = fork(path.join(import.meta.dirname, "obvious-design.ts"), {
      execArgv: [],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    started.once("exit", (code, signal) => {
      child = null;
      end = signal ?? `exit code ${code}`;
    });
    return started;
  }
}
