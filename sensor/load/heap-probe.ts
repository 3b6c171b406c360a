import { rename, writeFile } from "node:fs/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { heapFile } from "#sensor/load/process-size.ts";

// Loaded into the sensor's processes by a load test alone (`--import`): on SIGUSR2 each says what it holds once everything
// that nobody uses is collected. What the system counts cannot tell a leak from memory kept for the next request.
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

process.on("SIGUSR2", async () => {
  // What a finalizer lets go is collected by the next round.
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { heapUsed, external } = process.memoryUsage();
  const file = heapFile(process.pid);
  await writeFile(`${file}.part`, String(heapUsed + external));
  await rename(`${file}.part`, file);
});
