/** A worker that serves: how many connections it has, whether it rests, and when it was last heard of, on the clock of `now`. */
export type Load = { count: number; isResting: boolean; heardAt: number };

/** Workers say how they stand once a second; who is silent for longer may hang, and nobody may rest on its account. */
const silentMs = 1_500;
/** Above the mean of all: a quarter, and a few, by which small numbers may differ. */
const most = { times: 1.25, more: 4 };
/** Who rests does so until it is this near: between the two a worker is left as it is, or it would be told at every turn. */
const nearby = 2;

/**
 * Which of the workers should rest, that is accept nothing. The system gives a connection to whichever worker asks first,
 * so that one may get far more than its share. The one with the fewest is never above the mean: never do all rest.
 */
export function restingAmong(loads: readonly Load[], now: number): boolean[] {
  const awake = loads.filter((load) => isAwake(load, now));
  const mean = awake.reduce((sum, { count }) => sum + count, 0) / awake.length;
  return loads.map((load) => isAwake(load, now) && load.count > (load.isResting ? mean + nearby : mean * most.times + most.more));
}

function isAwake({ heardAt }: Load, now: number): boolean {
  return now - heardAt <= silentMs;
}
