import type { DemoOrigin } from "#e2e/demo/demo-origin.ts";
import { type DemoPki, originName } from "#e2e/demo/demo-pki.ts";
import { saveSite } from "#lib/console/save-site.ts";
import { mtlsFeature } from "#lib/site/feature.ts";
import type { Result } from "#lib/site/problem.ts";
import { newSite, type SiteDraft } from "#lib/site/schema.ts";
import { type ConsoleStore, openConsoleStore } from "#lib/store/store.ts";
import type { Tenant } from "#lib/store/tenants.ts";

/** The tenant with the feature is the one that the first start makes. */
export const tenantNames = { withMtls: "Default", without: "Globex" } as const;

/** What the three sites show. */
export const siteNames = {
  /** Both directions on. */
  both: "api.acme.test",
  /** Open to everybody; the origin, which asks for a certificate, is shown the sensor's. */
  open: "shop.acme.test",
  /** Of the tenant without the feature. */
  withoutFeature: "www.globex.test",
} as const;

/** Makes the second tenant and the three sites through the same checks as a save in the console; resolves once the sensor serves them. */
export async function addDemoSites(dataDir: string, pki: DemoPki, origin: DemoOrigin): Promise<void> {
  const store = openConsoleStore(dataDir);
  try {
    const withMtls = await store.tenants.byName(tenantNames.withMtls);
    if (!withMtls) throw new Error(`The first start makes no tenant ${tenantNames.withMtls}.`);
    const without = accepted(await store.tenants.add(tenantNames.without, authorship()));
    await addSite(store, withMtls, {
      ...overTls(pki, origin, siteNames.both),
      isDownstreamMtls: true,
      downstreamMtlsCredentials: pki.partnerBundle,
      ...upstream(pki),
    });
    await addSite(store, withMtls, { ...overTls(pki, origin, siteNames.open), ...upstream(pki) });
    await addSite(store, without, { ...overTls(pki, origin, siteNames.withoutFeature), isTerminateOnly: true });
    await awaitServing(store, [withMtls, without]);
  } finally {
    store.close();
  }
}

/** A site with TLS to the demo origin and neither direction of mTLS. */
function overTls(pki: DemoPki, origin: DemoOrigin, hostName: string): SiteDraft {
  const { isDownstreamMtls: _, downstreamMtlsCredentials: __, isUpstreamMtls: ___, ...plain } = newSite;
  return {
    ...plain,
    hostName,
    isSslEnabled: true,
    isHttpRedirected: true,
    sslCredentials: { change: "replace", text: pki.siteServers[hostName]?.bundle ?? "" },
    upstreamMtlsCredentials: { change: "keep" },
    origin: "127.0.0.1",
    originHttpPort: origin.httpPort,
    originHttpsPort: origin.httpsPort,
    originCaCertificates: pki.originAuthority.certificate,
    originServerName: originName,
  };
}

function upstream({ sensorClient }: DemoPki): Partial<SiteDraft> {
  return { isUpstreamMtls: true, upstreamMtlsCredentials: { change: "replace", text: sensorClient.bundle } };
}

async function addSite(store: ConsoleStore, tenant: Tenant, draft: SiteDraft): Promise<void> {
  const hasMtlsFeature = await store.features.isOn(tenant.id, mtlsFeature);
  const recipient = await store.keyring.recipient();
  const context = { store, tenant, role: "Admin" as const, isChannelAdmin: true, hasMtlsFeature, recipient, ...authorship() };
  accepted(await saveSite({ siteId: null, basedOn: null, draft }, context));
}

async function awaitServing(store: ConsoleStore, tenants: readonly Tenant[]): Promise<void> {
  for (const started = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const states = (await Promise.all(tenants.map(({ id }) => store.servingStates(id)))).flat();
    if (states.every(({ state }) => state === "serving")) return;
    const failing = states.find(({ state }) => state === "not-serving");
    if (failing) throw new Error(`A demo site cannot be served: ${JSON.stringify(failing.problems)}`);
    if (Date.now() - started > 30_000) throw new Error("The sensor has not served the demo sites within 30 seconds.");
  }
}

function authorship() {
  return { author: "demo", address: null, now: new Date() };
}

function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`A demo site is refused: ${JSON.stringify(result.problems)}`);
  return result.value;
}
