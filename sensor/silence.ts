/** Watches for a silence of a given length; it starts to count at the first `restart`. */
export type Silence = { restart(): void; pause(): void; stop(): void };

/** Calls `onSilence` once, when `ms` have passed since the last `restart` and nobody has paused or stopped it. */
export function createSilence(ms: number, onSilence: () => void): Silence {
  let timer: NodeJS.Timeout | null = null;
  let isStopped = false;
  return { restart, pause, stop };

  function restart(): void {
    if (isStopped) return;
    if (timer === null) timer = setTimeout(fire, ms);
    else timer.refresh();
  }

  function pause(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  }

  function stop(): void {
    isStopped = true;
    pause();
  }

  function fire(): void {
    stop();
    onSilence();
  }
}
