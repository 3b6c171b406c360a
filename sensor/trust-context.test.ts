import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createServer, type SecureContext, type TLSSocket } from "node:tls";
import { beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient, createServer as createServerIdentity, type Identity } from "#e2e/pki/authority.ts";
import { createFinePace } from "#lib/pki/pace.ts";
import { listenLocally, openTls } from "#sensor/client-fixture.ts";
import { createTrustContext } from "#sensor/trust-context.ts";

const hostName = "bundle.test";
const versions = ["TLSv1.2", "TLSv1.3"] as const;

let server: Identity;
let bundle: Identity[];
let intermediate: Identity;
let outsideRoot: Identity;

beforeAll(async () => {
  server = await createServerIdentity(await createAuthority(), [hostName]);
  outsideRoot = await createAuthority({ commonName: "Outside Root" });
  intermediate = await createAuthority({ commonName: "Intermediate Alone", issuer: outsideRoot });
  const roots = await Promise.all(Array.from({ length: 60 }, (_, index) => createAuthority({ commonName: `CA ${index}` })));
  bundle = [...roots, intermediate];
});

const options = () => ({ cert: server.certificate, key: server.key });
const pems = (authorities: Identity[]) => authorities.map(({ certificate }) => certificate);

/** Whether OpenSSL accepts a client of `issuer` under this context. */
async function accepts(context: SecureContext, issuer: Identity, version: (typeof versions)[number]): Promise<boolean> {
  const listening = createServer({
    ca: [],
    requestCert: true,
    rejectUnauthorized: false,
    SNICallback: (_name, give) => give(null, context),
  });
  const port = await listenLocally(listening);
  const secured = once(listening, "secureConnection");
  const client = await openTls({ port, servername: hostName, version, client: await createClient(issuer) });
  const [socket]: TLSSocket[] = await secured;
  client.socket.destroy();
  listening.close();
  return socket?.authorized === true;
}

describe.each(versions)("a large bundle over %s", (version) => {
  it("admits under the first of its CAs, the last, and an intermediate without its root", async () => {
    const context = await createTrustContext(options(), pems(bundle));
    for (const issuer of [bundle[0], bundle[59], intermediate]) expect(issuer && (await accepts(context, issuer, version))).toBe(true);
  });

  it("admits nobody of a CA that is not in it, nor of the root above its intermediate", async () => {
    const context = await createTrustContext(options(), pems(bundle));
    const stranger = await createAuthority({ commonName: "Stranger" });
    for (const issuer of [stranger, outsideRoot]) expect(await accepts(context, issuer, version)).toBe(false);
  });

  it("does not admit under a CA whose name alone is in it", async () => {
    const context = await createTrustContext(options(), pems(bundle));
    expect(await accepts(context, await createAuthority({ commonName: "CA 59" }), version)).toBe(false);
  });
});

it("is nobody's while CAs are missing, and lets others go first between them", async () => {
  const gate = Promise.withResolvers<void>();
  let rests = 0;
  let isHanded = false;
  const rest = async () => {
    rests += 1;
    if (rests === 30) await gate.promise;
  };
  const making = createTrustContext(options(), pems(bundle), { rest });
  making.then(() => {
    isHanded = true;
  });
  for (let turns = 0; turns < 5; turns += 1) await nextTurn();
  expect([rests, isHanded]).toEqual([30, false]);
  gate.resolve();
  expect(await accepts(await making, intermediate, "TLSv1.3")).toBe(true);
  expect(rests).toBeGreaterThan(40);
});

it("is never made of a list whose loading broke off", async () => {
  let rests = 0;
  const rest = async () => {
    rests += 1;
    if (rests === 10) throw new Error("broken off");
  };
  await expect(createTrustContext(options(), pems(bundle), { rest })).rejects.toThrow("broken off");
});

it("trusts nobody with an empty list", async () => {
  const context = await createTrustContext(options(), [], createFinePace());
  expect(await accepts(context, outsideRoot, "TLSv1.3")).toBe(false);
});
