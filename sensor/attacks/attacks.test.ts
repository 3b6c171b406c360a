import { constants } from "node:crypto";
import { readFileSync } from "node:fs";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Attack, Weakness } from "#sensor/attacks/attack.ts";
import { type Field, openObvious, openSensor } from "#sensor/attacks/field.ts";
import { createGround, type Ground } from "#sensor/attacks/ground.ts";
import { mostAtOnce } from "#sensor/attacks/hoarding.ts";
import { createPeople } from "#sensor/attacks/people.ts";
import { limitMs } from "#sensor/attacks/slowness.ts";
import { survey } from "#sensor/attacks/survey.ts";
import { type Seen, tableOf } from "#sensor/attacks/table.ts";
import { themes } from "#sensor/attacks/themes.ts";

/** What the sensor is made of at this moment; each mock below passes everything through while its weakness is not among it. */
const weak = vi.hoisted(() => new Set<Weakness>());

vi.mock(import("node:tls"), async (load) => {
  const tls = await load();
  const weaken = <Options extends { secureOptions?: number }>(options: Options): Options => {
    const without = (option: number) => ({ ...options, secureOptions: (options.secureOptions ?? 0) & ~option });
    if (weak.has("renegotiation is allowed")) return without(constants.SSL_OP_NO_RENEGOTIATION);
    const shared = { ticketKeys: Buffer.alloc(48, 7), sessionIdContext: "shared" };
    return weak.has("sessions are shared") ? { ...without(constants.SSL_OP_NO_TICKET), ...shared } : options;
  };
  return {
    ...tls,
    createServer: ((options: object, ...rest: []) => tls.createServer(weaken(options), ...rest)) as typeof tls.createServer,
    createSecureContext: (options) => tls.createSecureContext(weaken(options ?? {})),
  };
});
vi.mock(import("node:http"), async (load) => {
  const http = await load();
  const createServer = (options: object, ...rest: []) =>
    http.createServer(weak.has("the parser is lenient") ? { ...options, insecureHTTPParser: true } : options, ...rest);
  return { ...http, createServer: createServer as typeof http.createServer };
});
vi.mock(import("#sensor/identity.ts"), async (load) => {
  const identity = await load();
  const readEvidence: typeof identity.readEvidence = (socket) => {
    const evidence = identity.readEvidence(socket);
    return weak.has("a resumed client is believed") ? { ...evidence, isReused: false } : evidence;
  };
  return { ...identity, readEvidence };
});
vi.mock(import("#sensor/hello.ts"), async (load) => {
  const hello = await load();
  const createHelloReader: typeof hello.createHelloReader = (maxBytes) => {
    const reader = hello.createHelloReader(maxBytes);
    if (!weak.has("a hello ends with its first segment")) return reader;
    const push: typeof reader.push = (chunk) => {
      const reading = reader.push(chunk);
      return reading.kind === "incomplete" ? { kind: "hello", serverName: null } : reading;
    };
    return { ...reader, push };
  };
  return { ...hello, createHelloReader };
});
vi.mock(import("#sensor/runs.ts"), async (load) => {
  const runs = await load();
  const createRuns: typeof runs.createRuns = (limits) => {
    const counted = runs.createRuns(limits);
    return weak.has("nobody counts requests") ? { ...counted, excess: () => null } : counted;
  };
  return { ...runs, createRuns };
});
vi.mock(import("#sensor/deadlines.ts"), async (load) => ({
  ...(await load()),
  afterReduction: { requestMs: 300, webSocketMs: 150, graceMs: 0 },
}));

const isNode24 = process.versions.node.startsWith("24.");
const seen = new Map<string, Seen>();
const systemRoots = getCACertificates("default");
let ground: Ground;

beforeAll(async () => {
  const people = await createPeople();
  setDefaultCACertificates([people.publicRoot.certificate]);
  ground = createGround(people);
});
afterAll(async () => {
  await ground.close();
  setDefaultCACertificates(systemRoots);
});

describe.each(themes)("$title", ({ attacks, isTimed = false, isCounted = false, isNoting = false }) => {
  const quick = { helloMs: limitMs, handshakeMs: limitMs, headMs: limitMs, refusedHeadMs: limitMs, stallMs: limitMs };
  let obvious: Field;
  let sensor: Field;
  const weakFields = new Map<string, Field>();

  beforeAll(async () => {
    const limits = { handshakeTimeout: limitMs, headersTimeout: limitMs, requestTimeout: limitMs, connectionsCheckingInterval: 50 };
    obvious = await openObvious(ground, { limits: isTimed ? limits : {}, isNoting });
    sensor = await openOurs();
  });
  afterAll(async () => {
    for (const field of [obvious, sensor, ...weakFields.values()]) await field.close();
  });

  it.each(attacks.map((attack) => [attack.name, attack] as const))("%s", async (_, attack) => {
    const found: Seen = {
      obvious: await tryOn(obvious, attack),
      tessera: await tryOn(sensor, attack),
      weakened: await tryWeakened(attack),
    };
    seen.set(attack.name, found);
    const { tessera, weakened } = attack;
    expect(found).toEqual({ obvious: isNode24 ? attack.obvious : found.obvious, tessera, weakened: weakened?.outcome ?? null });
  });

  async function tryWeakened({ weakened, ...attack }: Attack): Promise<string | null> {
    if (weakened === undefined) return null;
    for (const weakness of weakened.where) weak.add(weakness);
    try {
      const kind = weakened.where.join();
      const field = weakFields.get(kind) ?? (await openOurs());
      weakFields.set(kind, field);
      return await tryOn(field, attack);
    } finally {
      weak.clear();
    }
  }

  function openOurs(): Promise<Field> {
    const never = 3_600_000;
    const patient = weak.has("nobody looks at deadlines") ? { sweepMs: never, handshakeMs: never, stallMs: never } : {};
    return openSensor(ground, {
      deadlines: isTimed ? { ...quick, ...patient } : {},
      limits: isCounted ? { requestsPerAddress: mostAtOnce } : {},
    });
  }
});

it("docs/attacks.md says what was seen", { skip: !isNode24 }, async () => {
  expect([...seen.keys()]).toEqual(themes.flatMap(({ attacks }) => attacks.map(({ name }) => name)));
  await expect(tableOf(seen)).toMatchFileSnapshot("../../docs/attacks.md");
});

it.each(survey.flatMap(({ shown }) => shown))("%s: the test is there", (_fact, file, test) => {
  expect(readFileSync(file, "utf8")).toContain(test);
});

/** What came of it, with the log's verdict and with the end of the process; nothing more may reach an origin afterwards. */
async function tryOn(field: Field, attack: Attack): Promise<string> {
  field.log();
  const outcome = await attack.run(field);
  const refusal = field.log().findLast(({ msg, verdict }) => msg === "request refused" && verdict !== undefined);
  const death = await field.death();
  const late = ground.allArrivals().filter(({ url }) => url !== "/perhaps");
  if (!field.isObvious) expect(late).toEqual([]);
  const isResumed = refusal?.code === "REUSED" ? " of a resumed session" : "";
  return [
    outcome,
    ...(refusal ? [`${refusal.verdict}${isResumed}`] : []),
    ...(death === null ? [] : [`the process ended (${death})`]),
  ].join("; ");
}
