import { AppError } from "#lib/app-error.ts";
import type { CertificateRow, CertificatesView, DeliveryView } from "#lib/console/certificates-view.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { nameOf } from "#lib/pki/certificate.ts";
import type { CertificateKind } from "#lib/site/certificate-kind.ts";
import { type CertificateUse, certificateUses, demandsClients } from "#lib/site/certificate-uses.ts";
import { compileSite } from "#lib/site/compile.ts";
import { expiryEffect } from "#lib/site/expiry-effect.ts";
import { dayMs } from "#lib/site/expiry-threshold.ts";
import { withoutRenewed } from "#lib/site/renewed-clients.ts";
import type { ExpiryNotice, SeenClient, StoredSite, WebhookDelivery } from "#lib/store/store.ts";

const mostClients = 1_000;
const mostDeliveries = 10;

type Place = { site: { id: string; hostName: string; isDemanding: boolean }; kind: CertificateKind } & Pick<
  CertificateRow,
  "fingerprint" | "name" | "subject" | "issuer" | "notBefore" | "notAfter" | "seenAt"
>;

/** The certificates of the tenant's sites and of their clients, what was told of them, and where that goes. */
export async function loadCertificates(context: ConsoleContext): Promise<CertificatesView> {
  const { store, tenant, role, now } = context;
  const [stored, webhook, clients] = await Promise.all([store.sites.list(tenant.id), store.webhooks.get(tenant.id), loadClients(context)]);
  const sites = stored.map((site) => placeOf(site, now));
  const known = new Map(sites.map(({ site }) => [site.id, site]));
  const places = [
    ...sites.flatMap(({ site, uses }) => uses?.map((use) => configuredPlace(site, use)) ?? []),
    ...clients.flatMap((client) => clientPlace(known.get(client.siteId), client)),
  ];
  const { notices, deliveries } = await loadTold(context, [...known.keys()]);
  return {
    tenantId: tenant.id,
    isReadOnly: role === "Read-Only",
    rows: rowsOf(places, notices, context.hasMtlsFeature),
    isCutOff: clients.length >= mostClients,
    unreadable: sites.filter(({ uses }) => uses === null).map(({ site: { id, hostName } }) => ({ id, hostName })),
    webhook: webhook && { host: webhook.host, author: webhook.author, setAt: webhook.setAt.toISOString() },
    deliveries: deliveries.map(deliveryView),
  };
}

function placeOf(stored: StoredSite, now: Date): { site: Place["site"]; uses: CertificateUse[] | null } {
  const uses = usesOf(stored, now);
  return { site: { id: stored.id, hostName: hostNameOf(stored), isDemanding: demandsClients(uses ?? []) }, uses };
}

/** The certificates that a stored site would fail without; null when its revision cannot be used. */
export function usesOf({ site }: StoredSite, now: Date): CertificateUse[] | null {
  const compiled = site.ok ? compileSite(site.value, now) : site;
  return compiled.ok ? certificateUses(compiled.value) : null;
}

/** Whoever's end is more than a month ago is of no use to look at. */
async function loadClients({ store, tenant, now }: ConsoleContext): Promise<SeenClient[]> {
  const span = { from: new Date(now.getTime() - 30 * dayMs), to: new Date(now.getTime() + 36_500 * dayMs) };
  return readSensor(store.ledger.clients(tenant.id, { ...span, isAdmitted: false, limit: mostClients }), []).then(withoutRenewed);
}

async function loadTold({ store, tenant }: ConsoleContext, siteIds: string[]) {
  const [notices, deliveries] = await Promise.all([
    readSensor(store.notices.list(siteIds), []),
    readSensor(store.notices.deliveries(tenant.id, mostDeliveries), []),
  ]);
  return { notices, deliveries };
}

/** What the sensor wrote adds to the page; that it cannot be read at the moment must not take the certificates away. */
async function readSensor<T>(reading: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await reading;
  } catch (failure) {
    if (failure instanceof AppError && failure.code === "store.unavailable") return otherwise;
    throw failure;
  }
}

function rowsOf(places: readonly Place[], notices: readonly ExpiryNotice[], hasMtlsFeature: boolean): CertificateRow[] {
  const told = Map.groupBy(notices, ({ siteId, use, fingerprint }) => `${siteId} ${use} ${fingerprint}`);
  const groups = Map.groupBy(places, ({ kind, fingerprint }) => `${kind} ${fingerprint}`);
  const rows = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { site: _, ...facts } = first;
    const sites = group.map(({ site }) => site).sort((a, b) => a.hostName.localeCompare(b.hostName, "en"));
    const own = sites.flatMap(({ id }) => told.get(`${id} ${facts.kind} ${facts.fingerprint}`) ?? []);
    const [urgent] = own.sort((a, b) => a.days - b.days);
    const missed = facts.kind === "client" ? sites.filter(({ isDemanding }) => isDemanding) : sites;
    const hostNames = missed.map(({ hostName }) => hostName);
    return [
      {
        ...facts,
        sites: sites.map(({ id, hostName }) => ({ id, hostName })),
        effect: expiryEffect(facts.kind, facts.name, hostNames),
        isFixed: !hasMtlsFeature && (facts.kind === "client-ca" || facts.kind === "upstream"),
        notice: urgent ? { days: urgent.days, at: urgent.at.toISOString() } : null,
        seenAt:
          group
            .map(({ seenAt }) => seenAt)
            .toSorted()
            .at(-1) ?? null,
      },
    ];
  });
  return rows.sort((a, b) => a.notAfter.localeCompare(b.notAfter) || a.name.localeCompare(b.name, "en"));
}

function configuredPlace(site: Place["site"], { use, certificate }: CertificateUse): Place {
  const { fingerprint, subject, issuer, notBefore, notAfter } = certificate;
  const dates = { notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString() };
  return { site, kind: use, fingerprint, name: nameOf(certificate), subject, issuer, ...dates, seenAt: null };
}

function clientPlace(site: Place["site"] | undefined, client: SeenClient): Place[] {
  if (site === undefined) return [];
  const { fingerprint, subject, issuer, commonName, notBefore, notAfter, lastAt } = client;
  const dates = { notBefore: notBefore.toISOString(), notAfter: notAfter.toISOString(), seenAt: lastAt.toISOString() };
  return [{ site, kind: "client", fingerprint, name: commonName || subject || "a certificate without a name", subject, issuer, ...dates }];
}

function hostNameOf({ id, site }: StoredSite): string {
  return site.ok ? site.value.hostName : id;
}

function deliveryView({ createdAt, nextAt, last, ...delivery }: WebhookDelivery): DeliveryView {
  return {
    ...delivery,
    createdAt: createdAt.toISOString(),
    nextAt: nextAt?.toISOString() ?? null,
    last: last && { ...last, at: last.at.toISOString() },
  };
}
