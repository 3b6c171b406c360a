import { spawn } from "node:child_process";
import { once } from "node:events";
import { perform } from "#scripts/command.mjs";
import { installPackages } from "#scripts/install-packages.mjs";
import { findNode, nodeFirst } from "#scripts/node-version.mjs";

// Runs one of the project's programs, named first, on the project's Node, whichever Node this is.
await perform(async (signal) => {
  await installPackages({ signal });
  const node = findNode();
  const child = spawn(node, process.argv.slice(2), { env: nodeFirst(node), stdio: "inherit" });
  signal.addEventListener("abort", () => child.kill("SIGTERM"));
  const [code] = await once(child, "exit");
  return code ?? 1;
});
