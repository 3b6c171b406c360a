/** Watches for a silence of a given length; it starts to count at the first `restart`. */
export type Silence = { restart(): void; pause(): void; stop(): void };

/**
 * Calls `onSilence` once, when `ms` have passed since the last `restart` and nobody has paused or stopped it. A sign of life
 * only notes the time: a timer made anew for each part of a body would cost more than passing the part on.
 */
export function createSilence(ms: number, onSilence: () => void): Silence {
  let timer: NodeJS.Timeout | null = null;
  let since: number | null = null;
  let isStopped = false;
  return { restart, pause, stop };

  function restart(): void {
    if (isStopped) return;
    since = performance.now();
    timer ??= setTimeout(look, ms);
  }

  function pause(): void {
    since = null;
  }

  function stop(): void {
    isStopped = true;
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function look(): void {
    timer = null;
    if (since === null) return;
    const left = since + ms - performance.now();
    if (left >= 1) {
      timer = setTimeout(look, left);
      return;
    }
    stop();
    onSilence();
  }
}
