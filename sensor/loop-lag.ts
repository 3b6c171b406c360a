/** Watches how late this process' timers are; answers the function that ends it. `observe` takes milliseconds. */
export function watchLoopLag(observe: (lagMs: number) => void): () => void {
  let expected = performance.now() + everyMs;
  const timer = setInterval(() => {
    const now = performance.now();
    observe(Math.max(0, now - expected));
    expected = now + everyMs;
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

const everyMs = 250;
