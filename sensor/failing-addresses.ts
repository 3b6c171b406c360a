/** The addresses that failed to connect lately, so that a dead one does not slow down every request; one per process. */
export type FailingAddresses = {
  /** The addresses in the order to try them. None is left out: a memory may be wrong, a refusal must not come of it. */
  order(target: Target, addresses: readonly string[]): string[];
  /** Tells that an address is being tried. The function it answers must be called with what came of it. */
  begin(target: Target, address: string): (ending: Ending) => Change | null;
};

/** What a failure is remembered for. Sites share nothing here: one tenant's short patience must not move another's traffic. */
export type Target = { scope: string; port: number };

/** `unknown` when the attempt was given up before the address could show anything. */
export type Ending = "reached" | "failed" | "unknown";

/** What the log should hear of: an address begins to be left alone (for so long), or is used again. */
export type Change = { state: "failing"; pauseMs: number } | { state: "recovered" };

/** Long enough to spare requests a dead address, short enough that a restarted origin is not missed. */
const firstPauseMs = 10_000;
/** A repaired address is used again within a minute; until then one request a minute pays for the look. */
const longestPauseMs = 60_000;
const forgottenMs = 600_000;
/** A name whose answers never repeat must not fill the memory. */
const mostPerScope = 64;

type Failure = { inARow: number; lastAt: number; leftAloneUntil: number; isProbed: boolean };

/** `now` is a monotonic clock in milliseconds: a corrected wall clock must not lengthen a pause. */
export function createFailingAddresses(now: () => number = () => performance.now()): FailingAddresses {
  const scopes = new Map<string, Map<string, Failure>>();
  let sweptAt = now();
  return { order, begin };

  function order({ scope, port }: Target, addresses: readonly string[]): string[] {
    const failures = scopes.get(scope);
    if (failures === undefined) return [...addresses];
    const known = addresses.map((address) => ({ address, failure: failures.get(endpointOf(address, port)) }));
    const resting = known.filter(({ failure }) => isLeftAlone(failure));
    const others = known.filter(({ failure }) => !isLeftAlone(failure));
    resting.sort((one, other) => lastOf(one.failure) - lastOf(other.failure));
    return [...others, ...resting].map(({ address }) => address);
  }

  function begin({ scope, port }: Target, address: string): (ending: Ending) => Change | null {
    const endpoint = endpointOf(address, port);
    const earlier = scopes.get(scope)?.get(endpoint);
    // The pause is over: this one request looks, and the address stays left alone for the others meanwhile.
    const isProbe = earlier !== undefined && !isLeftAlone(earlier);
    if (isProbe) earlier.isProbed = true;
    return (ending) => {
      if (isProbe) earlier.isProbed = false;
      if (ending === "failed") return fail(scope, endpoint, isProbe);
      return ending === "reached" && forget(scope, endpoint) ? { state: "recovered" } : null;
    };
  }

  function fail(scope: string, endpoint: string, isProbe: boolean): Change | null {
    sweep();
    const failures = scopes.get(scope) ?? new Map<string, Failure>();
    scopes.set(scope, failures);
    const failure = failures.get(endpoint) ?? { inARow: 0, lastAt: 0, leftAloneUntil: 0, isProbed: false };
    // Many requests that meet one outage together are one failure, not many in a row.
    const isSameOutage = !isProbe && isLeftAlone(failure);
    failure.lastAt = now();
    // Taken out first, so that the map keeps the order of the last failures.
    failures.delete(endpoint);
    failures.set(endpoint, failure);
    if (failures.size > mostPerScope) failures.delete(failures.keys().next().value ?? "");
    if (isSameOutage) return null;
    failure.inARow += 1;
    const pauseMs = Math.min(firstPauseMs * 2 ** (failure.inARow - 1), longestPauseMs);
    failure.leftAloneUntil = now() + pauseMs;
    return { state: "failing", pauseMs };
  }

  function forget(scope: string, endpoint: string): boolean {
    const failures = scopes.get(scope);
    const wasKnown = failures?.delete(endpoint) ?? false;
    if (failures?.size === 0) scopes.delete(scope);
    return wasKnown;
  }

  /** The memory grows by failures only, so it is enough to look at them for what has become old. */
  function sweep(): void {
    if (now() - sweptAt < longestPauseMs) return;
    sweptAt = now();
    for (const [scope, failures] of scopes)
      for (const [endpoint, { lastAt }] of failures) if (now() - lastAt > forgottenMs) forget(scope, endpoint);
  }

  function isLeftAlone(failure: Failure | undefined): boolean {
    return failure !== undefined && (failure.isProbed || failure.leftAloneUntil > now());
  }
}

function lastOf(failure: Failure | undefined): number {
  return failure?.lastAt ?? 0;
}

function endpointOf(address: string, port: number): string {
  return `${address} ${port}`;
}
