import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";

/** A process of its own, for what goes wrong here stops the one it happens in. */
const program = `
  import { connect, constants, createServer } from "node:http2";
  import { setImmediate as turn } from "node:timers/promises";
  import { breakOff } from "#sensor/hang-up.ts";

  const server = createServer(async (request, response) => {
    request.resume();
    for (const parts of [1, 20_000, 400]) {
      await turn();
      for (let part = 0; part < parts; part += 1) response.write("x");
    }
    breakOff(response.stream, constants.NGHTTP2_INTERNAL_ERROR);
  });
  server.listen(0, "127.0.0.1", () => {
    const session = connect("http://127.0.0.1:" + server.address().port);
    const stream = session.request({ ":path": "/" }).resume();
    stream.on("error", () => {});
    stream.on("close", () => {
      process.stdout.write("reset with " + stream.rstCode);
      process.exit();
    });
  });
`;

it("a stream that is broken off with its answer in the queue ends, and the process goes on", () => {
  const child = spawnSync(process.execPath, ["--no-warnings", "--input-type=module", "--eval", program], {
    encoding: "utf8",
    timeout: 5_000,
    killSignal: "SIGKILL",
  });
  expect([child.stdout, child.signal]).toEqual(["reset with 2", null]);
});
