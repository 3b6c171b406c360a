import type { Client } from "#sensor/clients.ts";

/** What clients hold of something that each may have so much of; a client who holds nothing is not remembered. */
export type Shares = {
  /** Whether all that the address counts as may have so much more. */
  fits(clients: readonly Client[], amount?: number): boolean;
  add(clients: readonly Client[], amount: number): void;
  /** How much of it a client holds. */
  held(client: Client | undefined): number;
};

export function createShares(most: number): Shares {
  const amounts = new Map<string, number>();
  return { fits, add, held };

  function fits(clients: readonly Client[], amount = 1): boolean {
    for (const client of clients) if (held(client) + amount > most * client.times) return false;
    return true;
  }

  function add(clients: readonly Client[], amount: number): void {
    for (const client of clients) {
      const left = held(client) + amount;
      if (left <= 0) amounts.delete(client.name);
      else amounts.set(client.name, left);
    }
  }

  function held(client: Client | undefined): number {
    return client === undefined ? 0 : (amounts.get(client.name) ?? 0);
  }
}
