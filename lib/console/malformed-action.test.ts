import { expect, test } from "vitest";
import { openDoor } from "#lib/console/door-fixture.ts";
import { blameSender } from "#lib/console/malformed-action.ts";
import { createLogger } from "#lib/log.ts";

const action = "40aa".repeat(10);

/** A door behind which everything is answered as Next does, with this status. */
async function door(status: number, isByHand = false) {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger("console", (line) => lines.push(JSON.parse(line)), 3);
  const { send } = await openDoor({
    answer: async (request, response) => {
      blameSender(request, response, log);
      if (isByHand) response.writeHead(status, { "X-Kept": "yes" });
      else response.statusCode = status;
      response.end("answer");
    },
  });
  const post = (...headers: string[]) =>
    send("POST / HTTP/1.1", "Host: localhost:PORT", "Origin: http://localhost:PORT", "Content-Length: 0", ...headers);
  return { post, lines };
}

test.each([false, true])("an action that Next fails is the sender’s fault, and one line says so (head by hand: %s)", async (isByHand) => {
  const { post, lines } = await door(500, isByHand);
  const answer = await post(`Next-Action: ${action}`);
  expect(answer.status).toBe(400);
  expect(answer.text.includes("X-Kept: yes")).toBe(isByHand);
  expect(lines).toMatchObject([
    { level: "warn", action, address: "127.0.0.1", msg: "a server action was sent a body that cannot be read" },
  ]);
});

test("an id that is none is not repeated", async () => {
  const { post, lines } = await door(500);
  expect((await post("Next-Action: <script>alert(1)</script>")).status).toBe(400);
  expect(lines).toMatchObject([{ action: "unknown" }]);
});

test("a flood of bodies is answered one by one and told of a few times a second", async () => {
  const { post, lines } = await door(500);
  const answers = await Promise.all(Array.from({ length: 40 }, () => post(`Next-Action: ${action}`)));
  expect(answers.every(({ status }) => status === 400)).toBe(true);
  expect(lines.length).toBeLessThan(40);
});

test("what is no action, and an action that is answered, stay as they are", async () => {
  const failed = await door(500);
  expect((await failed.post()).status).toBe(500);
  expect(failed.lines).toEqual([]);
  const answered = await door(200);
  expect((await answered.post(`Next-Action: ${action}`)).status).toBe(200);
  expect(answered.lines).toEqual([]);
});
