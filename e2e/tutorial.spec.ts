import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "#e2e/fixtures.ts";
import { readTutorial, type TutorialStep } from "#e2e/tutorial.ts";

const tools = ["bash", "curl", "openssl"].filter((tool) => spawnSync(tool, ["--help"]).error);

for (const name of ["protect-an-api", "prove-to-your-origin"]) {
  test(`the tutorial ${name} does what it says, step by step`, async ({ page, product }) => {
    test.skip(tools.length > 0, `this machine has no ${tools.join(", ")}`);
    const ports = { 8443: product.ports.SENSOR_HTTPS_PORT, 9000: await freePort(), 9443: await freePort() };
    const folder = mkdtempSync(join(tmpdir(), "tessera-tutorial-"));
    const shell = openShell(folder);
    try {
      await page.goto("/settings/sites");
      for (const step of readTutorial(`docs/tutorial/${name}.md`, ports)) await take(step, page, shell);
    } finally {
      await shell.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

async function take(step: TutorialStep, page: Page, shell: Shell): Promise<void> {
  // The product of this test is what the reader starts here.
  if (step.does === "run" && step.script.trim() === "npm start") return;
  if (step.does === "run") {
    const printed = await shell.run(step.script);
    if (step.output !== null) expect(printed, step.script).toBe(step.output);
    return;
  }
  const { name } = step;
  if (step.does === "press")
    await page
      .getByRole("button", { name, exact: true })
      .or(page.getByRole("link", { name, exact: true }))
      .first()
      .click();
  if (step.does === "tick") await page.getByRole("checkbox", { name, exact: true }).check();
  if (step.does === "untick") await page.getByRole("checkbox", { name, exact: true }).uncheck();
  if (step.does === "read") await expect(page.getByText(name).first()).toBeVisible();
  if (step.does === "type") await field(page, name).fill(step.text);
  if (step.does === "paste") await field(page, name).fill(await shell.run(step.command));
}

function field(page: Page, name: string) {
  return page.getByRole("textbox", { name, exact: true }).or(page.getByRole("spinbutton", { name, exact: true }));
}

type Shell = { run(script: string): Promise<string>; close(): Promise<void> };

/** The reader's first terminal: one bash, whose folder and variables stay from block to block. */
function openShell(cwd: string): Shell {
  const bash = spawn("bash", [], { cwd, detached: true });
  let errors = "";
  bash.stderr.on("data", (text) => (errors += text));
  return {
    async run(script) {
      const end = `end-${Math.random()}`;
      bash.stdin.write(`${script}\necho "${end} $?"\n`);
      const printed = await readUntil(bash, end);
      expect(printed.code, `${script}\n${errors}`).toBe("0");
      return printed.text;
    },
    async close() {
      // What the tutorial started in the background goes as well.
      if (bash.pid !== undefined) process.kill(-bash.pid, "SIGKILL");
      if (bash.exitCode === null && bash.signalCode === null) await once(bash, "exit");
    },
  };
}

function readUntil(bash: ChildProcessWithoutNullStreams, end: string): Promise<{ text: string; code: string | undefined }> {
  return new Promise((resolve) => {
    let text = "";
    const read = (data: Buffer) => {
      text += data.toString();
      const place = text.indexOf(end);
      if (place < 0 || !text.endsWith("\n")) return;
      bash.stdout.off("data", read);
      resolve({ text: text.slice(0, place), code: /\d+$/.exec(text.trim())?.[0] });
    };
    bash.stdout.on("data", read);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await once(server.close(), "close");
  return typeof address === "object" && address ? address.port : 0;
}
