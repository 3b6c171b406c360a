import { expect, test } from "vitest";
import { createAuthority } from "#e2e/pki/authority.ts";
import { askLockedOut } from "#lib/console/ask-locked-out.ts";
import { consoleFixture } from "#lib/console/console-fixture.ts";

const authority = await createAuthority();

test("a tenant whose people fill its places takes none of another's, and of each person one question waits", async () => {
  const { context } = await consoleFixture();
  const ask = async (tenantId: string, author: string) => {
    const { certificate: body } = authority;
    const headers = { "content-length": String(body.length) };
    const asking = { ...context, tenant: { id: tenantId, name: tenantId }, author };
    const answer = await askLockedOut(asking, "one", new Request("http://console.test", { method: "POST", headers, body }));
    if (answer instanceof Response) throw new Error(`answered ${answer.status}`);
    return answer.ok ? "answered" : answer.problems[0]?.code;
  };
  const crowd = Array.from({ length: 30 }, (_, at) => ask("loud", `person ${at}`));
  const again = Array.from({ length: 30 }, () => ask("loud", "person 5"));
  const quiet = ask("quiet", "ana");
  expect(await quiet).toBe("answered");
  const answers = await Promise.all(crowd);
  expect(answers.filter((answer) => answer === "lockout.busy").length).toBeGreaterThanOrEqual(5);
  const repeated = await Promise.all(again);
  expect(repeated.slice(0, -1)).toEqual(Array(29).fill("lockout.superseded"));
  expect(repeated.at(-1)).toBe("answered");
});
