import { spawn } from "node:child_process";
import { once } from "node:events";
import { buildProduct } from "#scripts/build-product.mjs";
import { Interrupted, perform, stopSignals } from "#scripts/command.mjs";
import { installPackages } from "#scripts/install-packages.mjs";
import { findNode } from "#scripts/node-version.mjs";
import { root, workFolder } from "#scripts/project.mjs";

/** Installs and builds what is missing, then runs console and sensor until a signal; sets the exit code. */
export function runProduct({ isDevelopment }) {
  return perform(async (signal) => {
    await installPackages({ signal });
    const node = findNode();
    if (isDevelopment) return launch({ node, signal, env: { TESSERA_DEV: "1", NODE_ENV: "development" } });
    const build = await buildProduct({ node, signal });
    const env = { ...build.environment, NODE_ENV: "production", NODE_COMPILE_CACHE: `${workFolder}/compiled` };
    try {
      return await launch({ node, signal, env });
    } finally {
      build.release();
    }
  });
}

// The IPC channel is there for its end alone: when this process dies, the launcher sees it close and stops too.
async function launch({ node, signal, env }) {
  if (signal.aborted) throw new Interrupted();
  const launcher = spawn(node, ["scripts/launch.ts"], {
    cwd: root,
    env: { ...process.env, ...env, NEXT_TELEMETRY_DISABLED: "1" },
    stdio: ["inherit", "inherit", "inherit", "ipc"],
  });
  signal.addEventListener("abort", () => launcher.kill("SIGTERM"));
  const [code, endedBy] = await once(launcher, "exit");
  // A signal may reach the launcher before it listens for signals: that is a clean stop all the same.
  return stopSignals.includes(endedBy) ? 0 : (code ?? 1);
}
