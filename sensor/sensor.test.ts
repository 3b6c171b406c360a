import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient, type Identity } from "#e2e/pki/authority.ts";
import { fetchTls } from "#sensor/client-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

let rig: Rig;
let authority: Identity;
let clients: Identity;
let client: Identity;

beforeAll(async () => {
  rig = await startRig();
  authority = await createAuthority();
  clients = await createAuthority({ commonName: "Client CA" });
  client = await createClient(clients);
});
afterAll(() => rig[Symbol.asyncDispose]());

describe("a saved site", () => {
  it.each(["TLSv1.2", "TLSv1.3"] as const)("is served with downstream mTLS over %s", async (version) => {
    const { siteId } = await rig.save({ hostName: `first-${version.at(-1)}.test`, authority, downstream: [clients] });
    const to = { port: rig.ports.SENSOR_HTTPS_PORT, servername: `first-${version.at(-1)}.test`, version };
    const accepted = await fetchTls({ ...to, client });
    expect(accepted.status).toBe(200);
    expect(JSON.parse(accepted.body)).toMatchObject({ siteId, revision: 1 });
    const refused = await fetchTls(to);
    expect(refused.status).toBe(403);
  });
});
