/** Runs `work` again and again, each time `pauseMs` after it has finished; answers the function that ends it. */
export function repeat(work: () => Promise<void>, pauseMs: number): () => void {
  let isStopped = false;
  let timer = setTimeout(run, pauseMs);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };

  async function run(): Promise<void> {
    await work();
    if (!isStopped) timer = setTimeout(run, pauseMs);
  }
}
