/** A client's certificate as far as it tells whether another one took its place. */
export type DatedClient = { siteId: string; subject: string; issuer: string; notAfter: Date; lastAt: Date };

/**
 * The certificates that clients still depend on. Left out is one whose owner (subject and issuer, at the same site) has shown a
 * longer-lived one since it was last shown itself; two that are both in use stay, since many may bear one name.
 */
export function withoutRenewed<Client extends DatedClient>(clients: readonly Client[]): Client[] {
  const byOwner = Map.groupBy(clients, ({ siteId, subject, issuer }) => JSON.stringify([siteId, subject, issuer]));
  const isRenewed = (client: Client, other: Client) => other.notAfter > client.notAfter && other.lastAt > client.lastAt;
  return [...byOwner.values()].flatMap((own) => own.filter((client) => !own.some((other) => isRenewed(client, other))));
}
