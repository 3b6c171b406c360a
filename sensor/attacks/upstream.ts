import { createClient } from "#e2e/pki/authority.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import { fetchTls } from "#sensor/client-fixture.ts";

/** Two sites that show different certificates to one and the same origin. */
export const upstream: Attack[] = [
  {
    name: "A client of one site asks, and its request goes out over a connection made with another site's certificate",
    run: async (field) => {
      const { partners } = field.people;
      const sites = await Promise.all(["first", "second"].map((commonName) => createClient(partners, { commonName })));
      const seen: string[] = [];
      for (const [index, shown] of sites.entries()) await field.save({ hostName: `shown-${index}.test`, shown });
      for (const hostName of ["shown-0.test", "shown-1.test", "shown-0.test"]) {
        await fetchTls({ port: field.port, servername: hostName });
        seen.push(...field.arrivals(hostName).map(({ clientCertificate }) => String(clientCertificate).replace("CN=", "")));
      }
      return `the origin saw ${seen.join(", ")}`;
    },
    obvious: "the origin saw first, first, first",
    tessera: "the origin saw first, second, first",
    rule: "One agent for each revision of each site, never shared",
  },
];
