import type { IncomingMessage, RequestListener, Server } from "node:http";
import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { createBench } from "#e2e/forwarder.ts";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { type ClientOptions, openTls, type RawClient } from "#sensor/client-fixture.ts";
import { openFrames, type RawHttp2 } from "#sensor/frame-fixture.ts";
import { openSession } from "#sensor/http2-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";
import type { SiteOptions } from "#sensor/sites-fixture.ts";

/** A whole sensor before a real origin, with mTLS in both directions: the site `shop.test` and all names below it. */
export type Mutual = {
  readonly rig: Rig;
  readonly authority: Identity;
  /** Whom the site admits, and one of them. */
  readonly clients: Identity;
  readonly client: Identity;
  readonly origin: Server;
  /** Requests the origin has begun to read, the newest last. */
  readonly arrivals: IncomingMessage[];
  /** Sets how the origin answers from now on. */
  serve(listener: RequestListener): void;
  /** Saves the site anew. */
  save(changes?: SiteOptions): Promise<void>;
  /** Another site before the same origin. */
  add(hostName: string, changes?: SiteOptions): Promise<void>;
  /** As the admitted client unless told; all of these are closed at `reset`. */
  session(options?: Options): Promise<ClientHttp2Session>;
  frames(options?: Options & { opening?: Buffer[] }): Promise<RawHttp2>;
  tls(options?: Options): Promise<RawClient<TLSSocket>>;
  reset(): void;
  [Symbol.asyncDispose](): Promise<void>;
};

type Options = Partial<ClientOptions>;

export async function startMutual(options: Parameters<typeof startRig>[0] & { site?: SiteOptions } = {}): Promise<Mutual> {
  const authority = await createAuthority();
  const clients = await createAuthority({ commonName: "Client CA" });
  const sensors = await createAuthority({ commonName: "Sensor CA" });
  const [client, upstream, own] = await Promise.all([
    createClient(clients),
    createClient(sensors, { commonName: "sensor" }),
    createServer(authority, ["origin.test"]),
  ]);
  const bench = createBench();
  const arrivals: IncomingMessage[] = [];
  const closers: (() => void)[] = [];
  let listener: RequestListener = (_request, response) => void response.end("ok");
  const { server: origin, port } = await bench.startServer(
    (request, response) => {
      arrivals.push(request.on("error", () => {}));
      listener(request, response);
    },
    { cert: own.certificate, key: own.key, ca: sensors.certificate, requestCert: true, rejectUnauthorized: true },
  );
  const rig = await startRig({ ...options, isForwarding: true });
  const certificate = await createServer(authority, ["shop.test", "*.shop.test"]);
  const base: SiteOptions = {
    isHttp2Enabled: true,
    originHttpsPort: port,
    originServerName: "origin.test",
    originCaCertificates: authority.certificate,
    downstream: [clients],
    upstream,
    ...options.site,
  };
  let siteId: string | undefined;
  await save();
  return {
    rig,
    authority,
    clients,
    client,
    origin,
    arrivals,
    serve(next) {
      listener = next;
    },
    save,
    async add(hostName, changes) {
      await rig.save({ ...base, authority, hostName, ...changes });
    },
    session: (wanted) => open(openSession(withDefaults(wanted)), (session) => session.destroy()),
    frames: (wanted) => open(openFrames(withDefaults(wanted)), (raw) => raw.destroy()),
    tls: (wanted) => open(openTls(withDefaults(wanted)), ({ socket }: { socket: Socket }) => void socket.destroy()),
    reset() {
      for (const close of closers.splice(0)) close();
      arrivals.length = 0;
      rig.log.length = 0;
    },
    async [Symbol.asyncDispose]() {
      for (const close of closers.splice(0)) close();
      await rig[Symbol.asyncDispose]();
      await bench.close();
    },
  };

  async function save(changes: SiteOptions = {}): Promise<void> {
    ({ siteId } = await rig.save({ ...base, hostName: "shop.test", isWildcard: true, certificate, ...(siteId && { siteId }), ...changes }));
  }

  function withDefaults<T extends Options>(wanted?: T) {
    return { port: rig.ports.SENSOR_HTTPS_PORT, servername: "shop.test", client, ...wanted };
  }

  async function open<T>(opening: Promise<T>, close: (opened: T) => void): Promise<T> {
    const opened = await opening;
    closers.push(() => close(opened));
    return opened;
  }
}
