import type { Client } from "#sensor/clients.ts";

/** How often clients may do something: so many times a second, twice as many at once after a pause. */
export type Rates = {
  /** Counts one time, or answers false: then one that the address counts as has come too often. */
  take(clients: readonly Client[]): boolean;
};

/** What a client has left as of `at`; it grows again with time. */
type Allowance = { left: number; at: number };

/** `now` is a monotonic clock in milliseconds. A client is remembered until its allowance is full again; then it is as new. */
export function createRates(perSecond: number, now: () => number): Rates {
  const allowances = new Map<string, Allowance>();
  let sweptAt = now();
  return { take };

  function take(clients: readonly Client[]): boolean {
    const at = now();
    sweep(at);
    const asked = clients.map((client) => refilled(client, at));
    if (asked.some(({ left }) => left < 1)) return false;
    for (const allowance of asked) allowance.left -= 1;
    return true;
  }

  function refilled({ name, times }: Client, at: number): Allowance {
    const most = perSecond * 2 * times;
    const allowance = allowances.get(name) ?? { left: most, at };
    allowance.left = Math.min(most, allowance.left + ((at - allowance.at) / 1_000) * perSecond * times);
    allowance.at = at;
    allowances.set(name, allowance);
    return allowance;
  }

  /** Two seconds fill any allowance: the map holds who came in the last seconds. */
  function sweep(at: number): void {
    if (at - sweptAt < 2_000) return;
    sweptAt = at;
    for (const [name, allowance] of allowances) if (at - allowance.at >= 2_000) allowances.delete(name);
  }
}
