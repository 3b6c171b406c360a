import { expect, test } from "vitest";
import { csvLine } from "#lib/console/download.ts";

test.each(["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "＝1", "%0A", "|cmd"])(
  "a cell that a spreadsheet would run is made text: %j",
  (cell) => expect(csvLine([cell])).toBe(`"'${cell}"\r\n`),
);

test("other cells stay as they are, quotes doubled", () => {
  expect(csvLine(["", 'a "b", c', "2026-11-24T00:00:00.000Z", "192.0.2.1", "shop-1.test"])).toBe(
    '"","a ""b"", c","2026-11-24T00:00:00.000Z","192.0.2.1","shop-1.test"\r\n',
  );
});
