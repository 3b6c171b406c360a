import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { ensureConsoleSecret, readConsoleSecret } from "#lib/store/console-secret.ts";
import { temporaryFolder } from "#lib/store/store-fixture.ts";

test("the first start makes a secret of 256 bits for this user alone, later ones keep it", () => {
  const folder = temporaryFolder();
  ensureConsoleSecret(folder);
  const secret = readConsoleSecret(folder);
  expect(Buffer.from(secret, "base64url")).toHaveLength(32);
  expect(statSync(path.join(folder, "console.key")).mode & 0o777).toBe(0o600);
  ensureConsoleSecret(folder);
  expect(readConsoleSecret(folder)).toBe(secret);
});

test.each([
  ["open to others", (file: string) => chmodSync(file, 0o644), /mode 644\): run chmod 600/],
  ["cut short", (file: string) => writeFileSync(file, "short\n"), /damaged/],
  ["empty", (file: string) => writeFileSync(file, ""), /damaged/],
])("a file that is %s is refused with one sentence, and stays as it is", (_, spoil, reason) => {
  const folder = temporaryFolder();
  ensureConsoleSecret(folder);
  const file = path.join(folder, "console.key");
  spoil(file);
  const before = readFileSync(file, "utf8");
  expect(() => ensureConsoleSecret(folder)).toThrow(reason);
  expect(() => readConsoleSecret(folder)).toThrow(expect.objectContaining({ code: "console-secret.unusable" }));
  expect(readFileSync(file, "utf8")).toBe(before);
});
