import { expect, test } from "vitest";
import { createLogger } from "#lib/log.ts";
import type { Heartbeat } from "#lib/store/acknowledgements.ts";
import { createHeartbeat } from "#sensor/heartbeat.ts";
import type { Status } from "#sensor/messages.ts";

const status: Status = { isLoaded: true, changeNumber: 7, lastError: null, keyIds: ["old", "new"], measurements: [] };

/** The signs of life that a sensor with these workers gives. */
async function beat(...statuses: Status[]): Promise<Heartbeat[]> {
  const signs: Heartbeat[] = [];
  const store = { heartbeat: async (sign: Heartbeat) => void signs.push(sign) };
  const log = createLogger("sensor", () => {});
  await createHeartbeat({ store, statuses: () => statuses, lastError: () => null, version: "test", log })();
  return signs;
}

test("only keys that every worker can open are acknowledged", async () => {
  expect(await beat(status, { ...status, keyIds: ["old"] })).toMatchObject([{ keyIds: ["old"] }]);
  expect(await beat(status, status)).toMatchObject([{ keyIds: ["old", "new"] }]);
  expect(await beat({ ...status, keyIds: [] }, status)).toMatchObject([{ keyIds: [] }]);
});

test("without a worker there is no sign of life", async () => {
  expect(await beat()).toEqual([]);
});
