import { originName, type PartnerName, partnerNames } from "#e2e/demo/demo-pki.ts";
import { siteNames, tenantNames } from "#e2e/demo/demo-sites.ts";
import type { DemoWorld } from "#e2e/demo/demo-world.ts";
import type { ClientVerdict } from "#lib/site/verdict.ts";

/** A line to copy into a terminal, a part of what then comes out, and the verdict that the log gives as the reason. */
export type DemoCommand = { command: string; output: string; verdict?: ClientVerdict };

/** What somebody who has just started the demo reads. */
export function invitation(world: DemoWorld, { isKept }: { isKept: boolean }): string {
  const { url } = world.product;
  return [
    "",
    `The demo runs. Open ${url} and sign in as`,
    "",
    `    ${world.admin.email}`,
    `    ${world.admin.password}`,
    "",
    `  ${siteNames.both}    clients need a certificate of the partner's CA; the origin is shown the sensor's`,
    `  ${siteNames.open}   open to everybody; the origin is shown the sensor's certificate`,
    `  ${siteNames.withoutFeature}  of the tenant ${tenantNames.without}, which has not got the feature: no mTLS settings`,
    "",
    "In another terminal (bash and curl); behind each line a part of what comes out, and why:",
    "",
    `    cd ${world.pkiFolder}`,
    ...commands(world).map(({ command, output, verdict }) => `    ${command}  # ${output}${verdict ? ` (${verdict})` : ""}`),
    "",
    isKept ? `Ctrl-C stops it; ${world.folder} stays.` : `Ctrl-C stops it and removes ${world.folder}.`,
  ].join("\n");
}

/** Run in the folder of the certificates: each shows one thing that the sensor, or the origin, decides. */
export function commands({ product, origin }: DemoWorld): DemoCommand[] {
  const port = product.ports.SENSOR_HTTPS_PORT;
  const ask = (hostName: string, client?: PartnerName) => {
    const shown = client ? ` --cert ${client}.crt --key ${client}.key` : "";
    return `curl -sS --cacert web-ca.crt --resolve ${hostName}:${port}:127.0.0.1 -H 'Accept: application/json'${shown} https://${hostName}:${port}/`;
  };
  const [valid, expired, otherAuthority] = partnerNames;
  return [
    { command: ask(siteNames.both), output: '"status":403', verdict: "CLIENT_CERT_MISSING" },
    { command: ask(siteNames.both, valid), output: "hello from: the demo origin" },
    { command: ask(siteNames.both, expired), output: '"status":403', verdict: "CLIENT_CERT_EXPIRED" },
    { command: ask(siteNames.both, otherAuthority), output: '"status":403', verdict: "CLIENT_CERT_UNTRUSTED" },
    { command: ask(siteNames.open), output: "hello from: the demo origin" },
    { command: ask(siteNames.withoutFeature), output: "hello from: the demo origin" },
    {
      command: `curl -sS --cacert origin-ca.crt --resolve ${originName}:${origin.httpsPort}:127.0.0.1 https://${originName}:${origin.httpsPort}/`,
      output: "certificate required",
    },
  ];
}
