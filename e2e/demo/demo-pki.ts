import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";

const day = 86_400_000;

/** Everybody's certificates in the demo. A partner's files hold what the partner sends: leaf and intermediate. */
export type DemoPki = {
  webAuthority: Identity;
  partnerRoot: Identity;
  partnerIssuer: Identity;
  /** What an admin pastes to admit the partners: both of the above. */
  partnerBundle: string;
  otherAuthority: Identity;
  /** The root that takes over from `partnerRoot`, and a partner who has a certificate of it already. */
  nextRoot: Identity;
  partners: Record<PartnerName, Identity>;
  originAuthority: Identity;
  originServer: Identity;
  sensorAuthority: Identity;
  /** What the sensor shows to the origin. */
  sensorClient: Identity;
  siteServers: Record<string, Identity>;
};

export const partnerNames = ["partner-17", "partner-18-expired", "partner-99-other-ca", "partner-20-next-ca"] as const;
export type PartnerName = (typeof partnerNames)[number];

export const originName = "origin.acme.test";

/** A whole PKI, made anew: nothing in it is worth protecting and nothing in it is trusted by anything else. */
export async function createDemoPki(hostNames: readonly string[]): Promise<DemoPki> {
  const webAuthority = await createAuthority({ commonName: "Demo Web CA" });
  const partnerRoot = await createAuthority({ commonName: "Demo Partner Root CA", notAfter: after(1_000) });
  const partnerIssuer = await createAuthority({ commonName: "Demo Partner Issuing CA", issuer: partnerRoot, notAfter: after(400) });
  const otherAuthority = await createAuthority({ commonName: "Somebody Else's CA" });
  const nextRoot = await createAuthority({ commonName: "Demo Partner Root CA 2", notAfter: after(3_000) });
  const originAuthority = await createAuthority({ commonName: "Demo Origin CA" });
  const sensorAuthority = await createAuthority({ commonName: "Demo Sensor CA" });
  const partner = async (commonName: string, issuer: Identity, options = {}) =>
    withIssuer(await createClient(issuer, { commonName, ...options }), issuer);
  const servers = hostNames.map(async (name) => [name, await createServer(webAuthority, [name], { notAfter: after(62) })] as const);
  return {
    webAuthority,
    partnerRoot,
    partnerIssuer,
    partnerBundle: partnerRoot.certificate + partnerIssuer.certificate,
    otherAuthority,
    nextRoot,
    partners: {
      "partner-17": await partner("partner-17", partnerIssuer),
      "partner-18-expired": await partner("partner-18", partnerIssuer, { notBefore: after(-92), notAfter: after(-2) }),
      "partner-99-other-ca": await partner("partner-99", otherAuthority),
      "partner-20-next-ca": await partner("partner-20", nextRoot),
    },
    originAuthority,
    originServer: await createServer(originAuthority, [originName, "127.0.0.1"]),
    sensorAuthority,
    sensorClient: await createClient(sensorAuthority, { commonName: "tessera-sensor" }),
    siteServers: Object.fromEntries(await Promise.all(servers)),
  };
}

/** Writes what `curl` and a person at the console need; keys are readable by their owner alone. */
export async function writeDemoPki(pki: DemoPki, folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 });
  const write = (name: string, text: string) => writeFile(join(folder, name), text, { mode: 0o600 });
  await write("web-ca.crt", pki.webAuthority.certificate);
  await write("partner-cas.crt", pki.partnerBundle);
  await write("partner-root-ca-2.crt", pki.nextRoot.certificate);
  await write("somebody-elses-ca.crt", pki.otherAuthority.certificate);
  await write("origin-ca.crt", pki.originAuthority.certificate);
  await write("sensor-client.pem", pki.sensorClient.bundle);
  for (const [name, { certificate, key }] of Object.entries(pki.partners)) {
    await write(`${name}.crt`, certificate);
    await write(`${name}.key`, key);
  }
}

function after(days: number): Date {
  return new Date(Date.now() + days * day);
}

function withIssuer(leaf: Identity, issuer: Identity): Identity {
  return { ...leaf, certificate: leaf.certificate + issuer.certificate };
}
