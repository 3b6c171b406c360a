import { expect, test } from "vitest";
import { createLogger } from "#lib/log.ts";
import type { Heartbeat } from "#lib/store/heartbeats.ts";
import { createHeartbeat } from "#sensor/heartbeat.ts";
import type { Status } from "#sensor/messages.ts";

const status: Status = { isLoaded: true, isListening: true, changeNumber: 7, lastError: null, keyIds: ["old", "new"], measurements: [] };

/** A sensor whose workers are what the test says; `signs` are those it gave. */
function sensorOf(...first: Status[]) {
  let statuses = first;
  const signs: Heartbeat[] = [];
  const heartbeat = createHeartbeat({
    store: { heartbeat: async (sign: Heartbeat) => void signs.push(sign) },
    statuses: () => statuses,
    census: () => ({ wanted: 2, serving: statuses.length, lost: 3 }),
    connections: () => 12,
    lastFault: () => ({ message: "Something happened.", at: new Date(1), isOver: true }),
    version: "test",
    log: createLogger("sensor", () => {}),
  });
  const become = (...next: Status[]) => {
    statuses = next;
  };
  return { heartbeat, signs, become };
}

async function beat(...statuses: Status[]): Promise<Heartbeat | undefined> {
  const { heartbeat, signs } = sensorOf(...statuses);
  await heartbeat.beat();
  return signs[0];
}

test("only keys that every worker can open are acknowledged", async () => {
  expect(await beat(status, { ...status, keyIds: ["old"] })).toMatchObject({ keyIds: ["old"] });
  expect(await beat(status, status)).toMatchObject({ keyIds: ["old", "new"] });
  expect(await beat({ ...status, keyIds: [] }, status)).toMatchObject({ keyIds: [] });
});

test("the slowest worker speaks for all, and a sign says what the page Sensors shows", async () => {
  expect(await beat(status, { ...status, changeNumber: 5 })).toMatchObject({
    appliedChangeNumber: 5,
    workersWanted: 2,
    workersServing: 2,
    workersLost: 3,
    connections: 12,
    lastError: "Something happened.",
    lastErrorAt: new Date(1),
    isErrorOver: true,
    stoppedAt: null,
  });
});

test("without a worker the sensor lives on and is not seen serving, and what was applied last stands", async () => {
  const { heartbeat, signs, become } = sensorOf(status);
  await heartbeat.beat();
  become();
  await heartbeat.beat();
  const [first, second] = signs;
  expect(first?.servingAt).toEqual(first?.at);
  expect(second).toMatchObject({ workersServing: 0, servingAt: first?.at, appliedChangeNumber: 7, keyIds: [] });
  expect((await beat())?.servingAt).toBeNull();
});

test("the last sign says when it was asked to stop, and no later one takes it back", async () => {
  const { heartbeat, signs } = sensorOf(status);
  await heartbeat.end();
  await heartbeat.beat();
  expect(signs).toHaveLength(1);
  expect(signs[0]?.stoppedAt).toEqual(signs[0]?.at);
});
