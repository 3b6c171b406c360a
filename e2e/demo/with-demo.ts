import { type DemoOptions, type DemoWorld, startDemo } from "#e2e/demo/demo-world.ts";

/** Resolves when the person at the terminal, or whoever runs this, wants it to end. */
export function awaitStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve());
  });
}

/** Works in a demo of its own until the work is done or `stopped`, and leaves nothing of it running. Answers whether it was done. */
export async function withDemo(
  options: DemoOptions,
  stopped: Promise<void>,
  work: (world: DemoWorld) => Promise<unknown>,
): Promise<boolean> {
  const starting = startDemo(options);
  const interrupted = stopped.then(() => "interrupted" as const);
  try {
    const world = await Promise.race([starting, interrupted]);
    if (world === "interrupted") return false;
    return (await Promise.race([work(world), interrupted])) !== "interrupted";
  } finally {
    await starting.then(
      ({ close }) => close(),
      () => {},
    );
  }
}
