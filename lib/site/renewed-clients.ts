/** A client's certificate as far as it tells whether another one took its place. */
export type DatedClient = {
  siteId: string;
  subject: string;
  issuer: string;
  names: string;
  extendedKeyUsage: string | null;
  notAfter: Date;
  lastAt: Date;
};

/**
 * The certificates that clients still depend on. Left out is one of which another for the same subject, names and uses, from an
 * issuer of the same name, lasts longer and was shown at the same site since; two that are both in use stay, since many may
 * bear one name.
 */
export function withoutRenewed<Client extends DatedClient>(clients: readonly Client[]): Client[] {
  const byOwner = Map.groupBy(clients, ({ siteId, subject, issuer, names, extendedKeyUsage }) =>
    JSON.stringify([siteId, subject, issuer, names, extendedKeyUsage]),
  );
  const isRenewed = (client: Client, other: Client) => other.notAfter > client.notAfter && other.lastAt > client.lastAt;
  return [...byOwner.values()].flatMap((own) => own.filter((client) => !own.some((other) => isRenewed(client, other))));
}
