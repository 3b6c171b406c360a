import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const applications = ["/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/** The path of a Chromium that this machine has and that runs; undefined when there is none. */
export function findBrowser(path = process.env.PATH ?? "") {
  const folders = path.split(delimiter).filter((folder) => folder !== "");
  const places = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...places, ...applications].find((file) => isExecutable(file) && runs(file));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

// Some distributions put a script of this name where there is no browser: it only says how to install one.
function runs(file) {
  return spawnSync(file, ["--version"], { timeout: 20_000 }).status === 0;
}
