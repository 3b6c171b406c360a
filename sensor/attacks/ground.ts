import { type Arrival, type Origin, startOrigin } from "#e2e/origin.ts";
import { createServer, type Identity } from "#e2e/pki/authority.ts";
import type { People } from "#sensor/attacks/people.ts";

/** A site as an attack needs it. */
export type FieldSite = {
  hostName: string;
  isWildcard?: boolean;
  /** CAs of clients, or what somebody typed in their field; absent where no client certificate is demanded. */
  clients?: Identity[] | string;
  /** Clients are asked for certificates of these CAs, and nobody is refused. */
  observed?: Identity[];
  /** The certificate shown to the origin, which is then reached over TLS: one and the same for all such sites. */
  shown?: Identity;
};

/** What both sides stand on: the sites' certificates and their origins, made when first needed. */
export type Ground = {
  readonly people: People;
  namesOf(site: FieldSite): string[];
  certificateOf(site: FieldSite): Promise<Identity>;
  originOf(site: FieldSite): Promise<Origin>;
  /** What has reached a site's origin since this was asked last. */
  arrivals(hostName: string): Arrival[];
  allArrivals(): Arrival[];
  close(): Promise<void>;
};

export function createGround(people: People): Ground {
  const certificates = new Map<string, Promise<Identity>>();
  const origins = new Map<string, Promise<Origin>>();
  const seen = new Map<string, Arrival[]>();

  return { people, namesOf, certificateOf, originOf, arrivals, allArrivals, close };

  function namesOf({ hostName, isWildcard = false }: FieldSite): string[] {
    return isWildcard ? [hostName, `*.${hostName}`] : [hostName];
  }

  function certificateOf(site: FieldSite): Promise<Identity> {
    return keep(certificates, site.hostName, () => createServer(people.web, namesOf(site)));
  }

  async function originOf({ hostName, shown }: FieldSite): Promise<Origin> {
    const options = shown === undefined ? { isPlain: true } : { clientAuthority: people.partners };
    const origin = await keep(origins, shown === undefined ? hostName : "shared", () => startOrigin(options));
    seen.set(hostName, origin.arrivals);
    return origin;
  }

  function arrivals(hostName: string): Arrival[] {
    return seen.get(hostName)?.splice(0) ?? [];
  }

  function allArrivals(): Arrival[] {
    return [...seen.keys()].flatMap(arrivals);
  }

  async function close(): Promise<void> {
    for (const origin of await Promise.all(origins.values())) await origin.close();
  }
}

function keep<Value>(kept: Map<string, Promise<Value>>, name: string, make: () => Promise<Value>): Promise<Value> {
  const value = kept.get(name) ?? make();
  kept.set(name, value);
  return value;
}
