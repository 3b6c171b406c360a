import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";

/** One PKI for all contenders; paths of PEM files, and the identities where the sensor's store wants them. */
export type BenchPki = {
  hostName: string;
  originName: string;
  webAuthority: string;
  siteCertificate: string;
  siteKey: string;
  /** Certificate and key in one file. */
  siteBundle: string;
  partnerAuthority: string;
  clientCertificate: string;
  clientKey: string;
  originAuthority: string;
  originCertificate: string;
  originKey: string;
  sensorAuthority: string;
  sensorCertificate: string;
  sensorKey: string;
  sensorBundle: string;
  identities: { site: Identity; partners: Identity; originAuthority: Identity; sensor: Identity };
};

export async function createBenchPki(folder: string): Promise<BenchPki> {
  const hostName = "bench.test";
  const originName = "origin.test";
  const write = (name: string, text: string) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const web = await createAuthority({ commonName: "Web CA" });
  const site = await createServer(web, [hostName]);
  const partners = await createAuthority({ commonName: "Partner CA" });
  const client = await createClient(partners);
  const originAuthority = await createAuthority({ commonName: "Origin CA" });
  const origin = await createServer(originAuthority, [originName]);
  const sensorAuthority = await createAuthority({ commonName: "Sensor CA" });
  const sensor = await createClient(sensorAuthority, { commonName: "sensor" });
  return {
    hostName,
    originName,
    webAuthority: write("web-ca.crt", web.certificate),
    siteCertificate: write("site.crt", site.certificate),
    siteKey: write("site.key", site.key),
    siteBundle: write("site.pem", site.bundle),
    partnerAuthority: write("partner-ca.crt", partners.certificate),
    clientCertificate: write("client.crt", client.certificate),
    clientKey: write("client.key", client.key),
    originAuthority: write("origin-ca.crt", originAuthority.certificate),
    originCertificate: write("origin.crt", origin.certificate),
    originKey: write("origin.key", origin.key),
    sensorAuthority: write("sensor-ca.crt", sensorAuthority.certificate),
    sensorCertificate: write("sensor.crt", sensor.certificate),
    sensorKey: write("sensor.key", sensor.key),
    sensorBundle: write("sensor.pem", sensor.bundle),
    identities: { site, partners, originAuthority, sensor },
  };
}
