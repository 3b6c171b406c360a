import { constants } from "node:crypto";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Attack, Weakness } from "#sensor/attacks/attack.ts";
import { type Field, openObvious, openSensor } from "#sensor/attacks/field.ts";
import { createGround, type Ground } from "#sensor/attacks/ground.ts";
import { createPeople } from "#sensor/attacks/people.ts";
import { limitMs } from "#sensor/attacks/slowness.ts";
import { type Seen, tableOf } from "#sensor/attacks/table.ts";
import { themes } from "#sensor/attacks/themes.ts";

/** What the sensor is made of at this moment; each mock below passes everything through while its weakness is not among it. */
const weak = vi.hoisted(() => new Set<Weakness>());

vi.mock(import("node:tls"), async (load) => {
  const tls = await load();
  const weaken = <Options extends object | undefined>(options: Options): Options => {
    const secureOptions = (options as { secureOptions?: number } | undefined)?.secureOptions ?? 0;
    if (weak.has("renegotiation is allowed")) return { ...options, secureOptions: secureOptions & ~constants.SSL_OP_NO_RENEGOTIATION };
    return options;
  };
  const share = <Options extends object | undefined>(options: Options): Options => {
    const secureOptions = (options as { secureOptions?: number } | undefined)?.secureOptions ?? 0;
    if (!weak.has("sessions are shared")) return options;
    return {
      ...options,
      ticketKeys: Buffer.alloc(48, 7),
      sessionIdContext: "shared",
      secureOptions: secureOptions & ~constants.SSL_OP_NO_TICKET,
    };
  };
  return {
    ...tls,
    createServer: ((options: object, ...rest: []) => tls.createServer(share(weaken(options)), ...rest)) as typeof tls.createServer,
    createSecureContext: (options) => tls.createSecureContext(share(weaken(options))),
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
vi.mock(import("#sensor/deadlines.ts"), async (load) => ({ ...(await load()), afterReduction: { requestMs: 300, webSocketMs: 150 } }));

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

describe.each(themes)("$title", ({ attacks, isTimed = false }) => {
  const quick = { helloMs: limitMs, handshakeMs: limitMs, headMs: limitMs, refusedHeadMs: limitMs, stallMs: limitMs };
  let obvious: Field;
  let sensor: Field;

  beforeAll(async () => {
    const limits = { handshakeTimeout: limitMs, headersTimeout: limitMs, requestTimeout: limitMs, connectionsCheckingInterval: 50 };
    obvious = await openObvious(ground, isTimed ? limits : {});
    sensor = await openOurs();
  });
  afterAll(async () => {
    await obvious.close();
    await sensor.close();
  });

  it.each(attacks)("$name", async (attack) => {
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
    const field = await openOurs();
    try {
      return await tryOn(field, attack);
    } finally {
      weak.clear();
      await field.close();
    }
  }

  function openOurs(): Promise<Field> {
    const never = 3_600_000;
    const patient = weak.has("nobody looks at deadlines") ? { sweepMs: never, handshakeMs: never } : {};
    return openSensor(ground, { deadlines: isTimed ? { ...quick, ...patient } : {} });
  }
});

it("docs/attacks.md says what was seen", { skip: !isNode24 }, async () => {
  expect([...seen.keys()]).toEqual(themes.flatMap(({ attacks }) => attacks.map(({ name }) => name)));
  await expect(tableOf(seen)).toMatchFileSnapshot("../../docs/attacks.md");
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
  return [outcome, ...(refusal ? [`${refusal.verdict}${isResumed}`] : []), ...(death === null ? [] : ["the process ended"])].join("; ");
}
