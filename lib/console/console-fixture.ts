import path from "node:path";
import type { ConsoleContext } from "#lib/console/context.ts";
import { type CredentialsChange, newSite, type SiteDraft } from "#lib/site/schema.ts";
import { ensureKeyring } from "#lib/store/keyring.ts";
import { storeFixture } from "#lib/store/store-fixture.ts";

/** For tests: a console on real stores in a temporary folder, with the keyring that only the sensor has otherwise. */
export async function consoleFixture() {
  const { dataDir, store, sensor, tenantId } = await storeFixture();
  const keyring = await ensureKeyring(store, path.join(dataDir, "secrets.key"));
  const context: ConsoleContext = {
    store,
    tenant: { id: tenantId, name: "Default" },
    role: "Admin",
    isChannelAdmin: true,
    hasMtlsFeature: true,
    author: "ana",
    address: "192.0.2.1",
    now: new Date(),
    recipient: keyring.current,
  };
  return { dataDir, context, store, sensor, keyring };
}

/** For tests: what Add Site would send, with `changes` over it. */
export function draftOf(changes: Partial<SiteDraft> = {}): SiteDraft {
  const keep: CredentialsChange = { change: "keep" };
  return { ...newSite, hostName: "shop.test", origin: "127.0.0.1", sslCredentials: keep, upstreamMtlsCredentials: keep, ...changes };
}
