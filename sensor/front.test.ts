import { expect, it } from "vitest";
import { createLogger } from "#lib/log.ts";
import { createFront } from "#sensor/front.ts";

it.each(["http", "https"] as const)("a connection the system cannot give on the %s port is said, and ends nothing", (port) => {
  const lines: { msg: string }[] = [];
  const front = createFront({
    admission: { take: () => null, release: () => {}, count: () => 0 },
    give: () => {},
    onLimit: () => {},
    log: createLogger("test", (line) => lines.push(JSON.parse(line))),
  });
  front[port].emit("listening");
  // What Node does with accept(2)'s ENOBUFS, ENOMEM or EPERM; without a listener it would throw.
  front[port].emit("error", Object.assign(new Error("accept ENOBUFS"), { code: "ENOBUFS" }));
  expect(lines.map(({ msg }) => msg)).toEqual(["a connection could not be accepted"]);
});
