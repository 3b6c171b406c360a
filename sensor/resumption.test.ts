import type { TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient, type Identity } from "#e2e/pki/authority.ts";
import { type ClientOptions, openTls, type RawClient } from "#sensor/client-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

let rig: Rig;
let partner: Identity;

beforeAll(async () => {
  rig = await startRig();
  const authority = await createAuthority();
  const partners = await createAuthority({ commonName: "Partners" });
  partner = await createClient(partners);
  await rig.save({ hostName: "open.test", authority });
  await rig.save({ hostName: "guarded.test", authority, downstream: [partners] });
});
afterAll(() => rig[Symbol.asyncDispose]());

type Options = Omit<ClientOptions, "port">;

const open = (options: Options) => openTls({ port: rig.ports.SENSOR_HTTPS_PORT, ...options });

/** Makes one request, so that TLS 1.3 tickets arrive, then comes back with what a client would keep. */
async function comeBack(options: Options): Promise<{ isReused: boolean; status: number }> {
  const first = await open(options);
  let session = first.socket.getSession();
  first.socket.on("session", (ticket) => {
    session = ticket;
  });
  await askOnce(first, options);
  const second = await open({ ...options, session });
  const isReused = second.socket.isSessionReused();
  return { isReused, status: await askOnce(second, options) };
}

async function askOnce(client: RawClient<TLSSocket>, { servername }: Options): Promise<number> {
  const { status } = await client.get("/", servername);
  client.socket.destroy();
  await client.closed;
  return status;
}

describe.each(["TLSv1.2", "TLSv1.3"] as const)("a client that comes back over %s", (version) => {
  it("resumes at an open site, which is what makes the refusals mean something", async () => {
    expect(await comeBack({ servername: "open.test", version })).toEqual({ isReused: true, status: 200 });
  });

  it("begins anew at a site with downstream mTLS, and is let in by its certificate", async () => {
    expect(await comeBack({ servername: "guarded.test", version, client: partner })).toEqual({ isReused: false, status: 200 });
  });
});
