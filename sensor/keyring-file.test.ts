import { mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createLogger } from "#lib/log.ts";
import { createKeyring } from "#lib/store/keyring.ts";
import { openKeyringFile } from "#sensor/keyring-file.ts";

it("keeps its keys and says so once while the file cannot even be looked at, and reads it when it is back", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "keyring-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "secrets.key");
  const lines: { msg: string }[] = [];
  createKeyring(file);
  const keyrings = openKeyringFile(
    file,
    createLogger("test", (line) => lines.push(JSON.parse(line))),
  );
  const before = keyrings.current();

  renameSync(file, `${file}.old`);
  symlinkSync(file, file);
  for (let look = 0; look < 3; look += 1) keyrings.refresh();
  expect(keyrings.current()).toBe(before);
  expect(lines.map(({ msg }) => msg)).toEqual([expect.stringContaining("cannot be used")]);

  rmSync(file);
  renameSync(`${file}.old`, file);
  keyrings.refresh();
  expect(keyrings.current().current.id).toBe(before.current.id);
  expect(lines.at(-1)?.msg).toBe("keyring read again");
});
