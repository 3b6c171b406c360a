import type { Arrival } from "#e2e/origin.ts";
import type { Identity } from "#e2e/pki/authority.ts";
import { observationEnd } from "#lib/site/observation.ts";
import type { FieldSite, Ground } from "#sensor/attacks/ground.ts";
import type { Told } from "#sensor/attacks/obvious-design.ts";
import { startObvious } from "#sensor/attacks/obvious-process.ts";
import type { People } from "#sensor/attacks/people.ts";
import { fetchTls } from "#sensor/client-fixture.ts";
import { startRig } from "#sensor/sensor-fixture.ts";

/** What an attacker finds: one side's port, with the same people, sites and origins on both sides. */
export type Field = {
  readonly isObvious: boolean;
  readonly port: number;
  readonly people: People;
  /** Answers the codes of what was said against it, and puts it in place all the same where it can be. */
  save(site: FieldSite): Promise<string[]>;
  arrivals(hostName: string): Arrival[];
  /** Lines the sensor logged since this was asked last; the obvious design logs nothing. */
  log(): Record<string, unknown>[];
  /** How the process ended, null while it serves; it serves again when this resolves. */
  death(): Promise<string | null>;
  close(): Promise<void>;
};

export async function openObvious(ground: Ground, setting: Pick<Told, "limits" | "isNoting">): Promise<Field> {
  const { people } = ground;
  const obvious = startObvious({ publicRoots: [people.publicRoot.certificate], ...setting });
  const field: Field = {
    isObvious: true,
    get port() {
      return obvious.port;
    },
    people,
    arrivals: ground.arrivals,
    log: () => [],
    close: obvious.stop,
    async save(site) {
      const { certificate: cert, key } = await ground.certificateOf(site);
      const { port, ca } = await ground.originOf(site);
      const { clients, observed, shown } = site;
      const trust = typeof clients === "string" ? clients : pemOf(clients ?? observed);
      const origin = `${shown === undefined ? "http" : "https"}://127.0.0.1:${port}`;
      const toOrigin = shown === undefined ? null : { ca, cert: shown.certificate, key: shown.key };
      await obvious.save({ names: ground.namesOf(site), cert, key, ca: trust, isObserved: observed !== undefined, origin, toOrigin });
      return [];
    },
    death: async () => ((await isServing(field)) ? null : obvious.revive()),
  };
  await saveAll(field);
  return field;
}

export async function openSensor(ground: Ground, options: Parameters<typeof startRig>[0] = {}): Promise<Field> {
  const { people } = ground;
  const rig = await startRig({ isForwarding: true, ...options });
  const ids = new Map<string, string>();
  const field: Field = {
    isObvious: false,
    get port() {
      return rig.ports.SENSOR_HTTPS_PORT;
    },
    people,
    arrivals: ground.arrivals,
    log: () => rig.log.splice(0),
    close: () => rig[Symbol.asyncDispose](),
    async save(site) {
      const { hostName, isWildcard = false, clients, observed, shown } = site;
      const { port, ca } = await ground.originOf(site);
      const { siteId, revision } = await rig.save({
        hostName,
        isWildcard,
        siteId: ids.get(hostName),
        certificate: await ground.certificateOf(site),
        ...(typeof clients === "string" ? { isDownstreamMtls: true, downstreamMtlsCredentials: clients } : {}),
        ...(typeof clients === "object" ? { downstream: clients } : {}),
        ...(observed ? { observedUntil: observationEnd(Date.now()), downstreamMtlsCredentials: pemOf(observed) ?? "" } : {}),
        ...(shown === undefined ? { isTerminateOnly: true, originHttpPort: port } : { upstream: shown, originHttpsPort: port }),
        originCaCertificates: shown === undefined ? "" : ca,
        originServerName: shown === undefined ? "" : "origin.test",
      });
      ids.set(hostName, siteId);
      const { problems } = await rig.judged(siteId, revision);
      return problems.filter(({ severity }) => severity === "error").map(({ code }) => code);
    },
    death: async () => ((await isServing(field)) ? null : "it serves no more"),
  };
  await saveAll(field);
  return field;
}

/** The sites every attack may count on. */
async function saveAll(field: Field): Promise<void> {
  const { partners, others } = field.people;
  await field.save({ hostName: "open.test" });
  await field.save({ hostName: "guarded.test", clients: [partners] });
  await field.save({ hostName: "other.test", clients: [others] });
  await field.save({ hostName: "observed.test", observed: [others] });
  await field.save({ hostName: "wild.test", isWildcard: true });
  await field.save({ hostName: "exact.wild.test", clients: [partners] });
}

function pemOf(authorities: Identity[] | undefined): string | null {
  return authorities === undefined ? null : authorities.map(({ certificate }) => certificate).join("");
}

async function isServing(field: Field): Promise<boolean> {
  const reply = await fetchTls({ port: field.port, servername: "open.test" }).catch(() => null);
  field.arrivals("open.test");
  return reply?.status === 200;
}
