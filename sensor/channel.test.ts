import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { largestMessage } from "#lib/channel/envelope.ts";
import { openSocketFolder, socketName } from "#lib/channel/socket-folder.ts";
import { askSensor } from "#lib/console/ask-sensor.ts";
import { createLogger } from "#lib/log.ts";
import { error, ok, refuse } from "#lib/site/problem.ts";
import { createKeyring, openKeyring } from "#lib/store/keyring.ts";
import { codesOf, temporaryFolder } from "#lib/store/store-fixture.ts";
import { type Asked, answerable, createAnswerer } from "#sensor/answerer.ts";
import { openChannel } from "#sensor/channel.ts";
import { openKeyringFile } from "#sensor/keyring-file.ts";

const echo = {
  input: z.object({ text: z.string() }),
  answer: z.object({ text: z.string(), secret: z.string().nullable() }),
  withinMs: 1_000,
};
const tenantId = randomUUID();

/** A channel over a data folder whose one question answers what it was asked. */
async function startChannel(
  dataDir = temporaryFolder(),
  around: (asked: Asked, answer: () => Promise<string>) => Promise<string> = (_, go) => go(),
) {
  const lines: string[] = [];
  const log = createLogger("sensor", (line) => lines.push(line));
  const file = path.join(dataDir, "secrets.key");
  if (!existsSync(file)) createKeyring(file);
  const answer = createAnswerer({
    keyrings: openKeyringFile(file, log),
    log,
    handlers: {
      echo: answerable(echo, async ({ text }, { openSecret }) => {
        if (text === "throw") throw new Error(`cannot parse ${text} SECRET`);
        if (text === "refuse") return refuse(error("origin", "origin.no", "No."));
        return ok({ text, secret: (await openSecret())?.toString() ?? null });
      }),
    },
  });
  const channel = await openChannel({ dataDir, log, ask: (asked) => around(asked, () => answer(asked)) });
  onTestFinished(() => channel.close());
  const ask = (text: string, changes: object = {}) => askSensor({ kind: ["echo", echo], tenantId, input: { text }, dataDir, ...changes });
  return { dataDir, channel, ask, lines, recipient: openKeyring(file).current };
}

/** What a hand-made message is answered: status and text. */
function post(dataDir: string, name: string, body: string | object): Promise<[number, string]> {
  const folder = openSocketFolder(dataDir);
  const { promise, resolve, reject } = Promise.withResolvers<[number, string]>();
  const asked = request({ socketPath: folder.at(socketName), path: `/${name}`, method: "POST", agent: false }, async (response) => {
    let text = "";
    for await (const chunk of response) text += chunk;
    resolve([response.statusCode ?? 0, text]);
  });
  asked.on("error", reject);
  asked.end(typeof body === "string" ? body : JSON.stringify(body));
  return promise.finally(() => folder.close());
}

const envelope = (changes: object = {}) => ({
  id: randomUUID(),
  tenantId,
  askedAt: Date.now(),
  input: '{"text":"hi"}',
  secret: null,
  ...changes,
});

test("the console asks and is answered, with a secret that only the handler reads", async () => {
  const { ask, recipient } = await startChannel();
  expect(await ask("hello")).toEqual(ok({ text: "hello", secret: null }));
  const secret = { recipient, plain: Buffer.from("draft key") };
  expect(await ask("hello", { secret })).toEqual(ok({ text: "hello", secret: "draft key" }));
  expect(await ask("refuse")).toEqual(refuse(error("origin", "origin.no", "No.")));
});

test("a message that was caught cannot be sent again, nor its secret with another input", async () => {
  let caught: Asked | null = null;
  const { dataDir, ask, recipient } = await startChannel(undefined, (asked, answer) => {
    caught ??= asked;
    return answer();
  });
  await ask("hello", { secret: { recipient, plain: Buffer.from("draft key") } });
  expect(await post(dataDir, "echo", caught ?? "")).toEqual([429, expect.stringContaining("sensor.repeated-question")]);
  const fresh = { ...(caught ?? {}), id: randomUUID() };
  expect(await post(dataDir, "echo", fresh)).toEqual([200, expect.stringContaining("secret.cannot-be-opened")]);
  const elsewhere = { ...(caught ?? {}), id: randomUUID(), input: '{"text":"elsewhere"}' };
  expect(await post(dataDir, "echo", elsewhere)).toEqual([200, expect.stringContaining("secret.cannot-be-opened")]);
});

test.each([
  ["what is no JSON", "{", 400],
  ["an envelope without an id", envelope({ id: undefined }), 400],
  ["a tenant that is no id", envelope({ tenantId: "../other" }), 400],
  ["a secret larger than any key", envelope({ secret: { keyringKeyId: "x", sealed: "A".repeat(40_000) } }), 400],
  ["more than a message holds", envelope({ input: "x".repeat(largestMessage) }), 413],
])("refuses %s", async (_, body, status) => {
  const { dataDir } = await startChannel();
  expect((await post(dataDir, "echo", body))[0]).toBe(status);
});

test("answers a question nobody knows, and an input of another shape, with a sentence", async () => {
  const { dataDir, ask } = await startChannel();
  expect(await post(dataDir, "constructor", envelope())).toEqual([200, expect.stringContaining("sensor.unknown-question")]);
  expect(await post(dataDir, "echo", envelope({ input: '{"text":1}' }))).toEqual([
    200,
    expect.stringContaining("sensor.malformed-question"),
  ]);
  expect(await post(dataDir, "echo", envelope({ input: "{" }))).toEqual([200, expect.stringContaining("sensor.malformed-question")]);
  expect((await post(dataDir, "../echo", envelope()))[0]).toBe(404);
  expect(codesOf(await ask("hello"))).toEqual([]);
});

test("a handler's failure is told without what it failed on, to the console and to the log", async () => {
  const { ask, lines } = await startChannel();
  expect(codesOf(await ask("throw"))).toEqual(["sensor.failed"]);
  expect(lines.join("")).toContain("a question failed");
  expect(lines.join("")).not.toContain("SECRET");
});

test("an answer of another shape is not believed", async () => {
  const { ask } = await startChannel(undefined, async () => JSON.stringify(ok({ text: 1 })));
  expect(codesOf(await ask("hello"))).toEqual(["sensor.other-version"]);
});

test("says that the sensor is not running, and that it did not answer in time", async () => {
  const dataDir = temporaryFolder();
  const kind: [string, typeof echo] = ["echo", { ...echo, withinMs: -2_900 }];
  expect(codesOf(await askSensor({ kind, tenantId, input: { text: "hello" }, dataDir }))).toEqual(["sensor.not-running"]);
  const never = Promise.withResolvers<string>();
  const { ask } = await startChannel(dataDir, () => never.promise);
  expect(codesOf(await ask("hello", { kind }))).toEqual(["sensor.no-answer"]);
  never.resolve("");
});

test("without a worker the question is refused and its place is free again", async () => {
  const { ask } = await startChannel(undefined, () => Promise.reject(new Error("no worker")));
  for (let at = 0; at < 3; at += 1) expect(codesOf(await ask("hello"))).toEqual(["sensor.no-worker"]);
});

test("nobody but the owner may use the socket, and the group where the folder is shared", async () => {
  const { dataDir } = await startChannel();
  const file = path.join(dataDir, socketName);
  expect(lstatSync(file).isSocket()).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const shared = temporaryFolder();
  chmodSync(shared, 0o2770);
  await startChannel(shared);
  expect(statSync(path.join(shared, socketName)).mode & 0o777).toBe(0o660);
  expect(readdirSync(shared).sort()).toEqual(["secrets.key", socketName]);
});

test("is gone at the end, and takes no socket away that another process has put there", async () => {
  const { dataDir, channel } = await startChannel();
  await channel.close();
  expect(existsSync(path.join(dataDir, socketName))).toBe(false);
  const second = await startChannel(dataDir);
  await channel.close();
  expect(await second.ask("hello")).toEqual(ok({ text: "hello", secret: null }));
});

test("a silent connection does not hold up the end", async () => {
  const { dataDir, channel } = await startChannel();
  const socket = connect({ path: path.join(dataDir, socketName) });
  await new Promise((resolve) => socket.once("connect", resolve));
  const ended = new Promise((resolve) => socket.once("close", resolve));
  await channel.close();
  await ended;
});

test("a path longer than a socket's address works all the same", async () => {
  const deep = path.join(temporaryFolder(), "x".repeat(100), "y".repeat(100));
  mkdirSync(deep, { recursive: true });
  const { ask } = await startChannel(deep);
  expect(await ask("hello")).toEqual(ok({ text: "hello", secret: null }));
});

test("replaces the socket of a sensor that was killed, and leaves a living one's alone", async () => {
  const { dataDir, ask } = await startChannel();
  await expect(startChannel(dataDir)).rejects.toEqual(expect.objectContaining({ code: "channel.in-use" }));
  expect(await ask("hello")).toEqual(ok({ text: "hello", secret: null }));

  const abandoned = temporaryFolder();
  await leaveSocket(path.join(abandoned, socketName));
  const kept = await startChannel(abandoned);
  expect(await kept.ask("hello")).toEqual(ok({ text: "hello", secret: null }));
});

test("takes no file and no link's target in the socket's place", async () => {
  const dataDir = temporaryFolder();
  writeFileSync(path.join(dataDir, "precious"), "kept");
  symlinkSync(path.join(dataDir, "precious"), path.join(dataDir, socketName));
  await expect(startChannel(dataDir)).rejects.toEqual(expect.objectContaining({ code: "channel.in-use" }));
  expect(statSync(path.join(dataDir, "precious")).size).toBe(4);
  expect(readdirSync(dataDir).sort()).toEqual(["precious", "secrets.key", socketName]);
});

/** A socket without its process, as SIGKILL leaves one. */
async function leaveSocket(file: string): Promise<void> {
  const { spawnSync } = await import("node:child_process");
  spawnSync(process.execPath, [
    "-e",
    `require("node:net").createServer().listen(${JSON.stringify(file)}, () => process.kill(process.pid, "SIGKILL"))`,
  ]);
  expect(lstatSync(file).isSocket()).toBe(true);
}
