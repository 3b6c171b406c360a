import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { runQuietly } from "#scripts/command.mjs";
import { withLock } from "#scripts/folder-lock.mjs";
import { refuseWithoutNode } from "#scripts/node-version.mjs";
import { root, workFolder } from "#scripts/project.mjs";

const stampFile = `${root}/node_modules/.tessera-installed`;

/** Installs the packages of the lock file unless node_modules holds exactly these; npm removes the stamp before it begins. */
export async function installPackages({ signal }) {
  const stamp = currentStamp();
  if (isInstalled(stamp)) return;
  refuseWithoutNode();
  const onWait = (pid) => console.log(`Another command (process ${pid}) is installing or building; waiting for it.`);
  await withLock(`${workFolder}/prepare.lock`, { signal, onWait }, async () => {
    if (isInstalled(stamp)) return;
    console.log("Installing packages (only when they changed) …");
    const [command, ...args] = npm();
    const everything = ["ci", "--ignore-scripts", "--include=dev", "--include=optional", "--no-audit", "--no-fund"];
    await runQuietly(command, [...args, ...everything], {
      signal,
      failure: "The packages could not be installed; npm's reason stands above.",
    });
    writeFileSync(stampFile, stamp);
  });
}

function isInstalled(stamp) {
  try {
    return readFileSync(stampFile, "utf8") === stamp;
  } catch {
    return false;
  }
}

function currentStamp() {
  const hash = createHash("sha256")
    .update(readFileSync(`${root}/package-lock.json`))
    .digest("hex");
  return `${hash} ${process.platform}-${process.arch}\n`;
}

// The npm that runs this script, by the Node that runs it: the one inside node_modules is about to be replaced.
function npm() {
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  return script?.endsWith(".js") ? [node ?? process.execPath, script] : ["npm"];
}
