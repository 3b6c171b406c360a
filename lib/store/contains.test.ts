import path from "node:path";
import { type SQL, sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { openConnection } from "#lib/store/connection.ts";
import { contains } from "#lib/store/contains.ts";
import { storeFixture } from "#lib/store/store-fixture.ts";

/** How many of 5,000 rows with this subject a condition finds, and the milliseconds it takes, at best of three. */
async function search(subject: string, condition: SQL): Promise<{ found: number; ms: number }> {
  const { dataDir } = await storeFixture();
  const connection = openConnection(path.join(dataDir, "console.db"), { isReadonly: true, busyTimeoutMs: 50 });
  onTestFinished(() => connection.close());
  const rows = sql`WITH RECURSIVE rows(n, subject) AS (SELECT 1, ${subject} UNION ALL SELECT n + 1, subject FROM rows WHERE n < 5000)`;
  const times: number[] = [];
  let found = 0;
  for (let run = 0; run < 3; run += 1) {
    const begun = performance.now();
    found = connection.read((queries) =>
      queries.get<{ found: number }>(sql`${rows} SELECT count(*) AS found FROM rows WHERE ${condition}`),
    ).found;
    times.push(performance.now() - begun);
  }
  return { found, ms: Math.min(...times) };
}

const subject = sql`subject`;

test("a text that nearly is in long subjects of one letter is looked for many times faster than by LIKE", async () => {
  const [hostile, text] = ["a".repeat(256), `${"a".repeat(127)}b`];
  const naive = await search(hostile, sql`${subject} LIKE ${`%${text}%`}`);
  const found = await search(hostile, contains(subject, text));
  expect([naive.found, found.found]).toEqual([0, 0]);
  expect(found.ms).toBeLessThan(naive.ms / 4);
});

test.each([
  ["CN=Shop", "sh", true],
  ["CN=100%", "0%", true],
  ["CN=Shop", "s_op", false],
  ["CN=Shop", "%", false],
])("%s is searched for %s", async (held, text, isFound) => {
  expect((await search(held, contains(subject, text))).found > 0).toBe(isFound);
});
