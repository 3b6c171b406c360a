import { parseArgs } from "node:util";
import { startDemo } from "#e2e/demo/demo-world.ts";
import { invitation } from "#e2e/demo/invitation.ts";

const usage = `npm run demo                       the product with a PKI, an origin and three sites, until Ctrl-C
npm run demo -- --keep             the same; the folder stays
npm run demo -- tour NAME          a story in a browser: ${"NAMES"}`;

const stopped = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => resolve());
});

try {
  process.exitCode = await run();
} catch (failure) {
  console.error(failure instanceof Error ? failure.message : failure);
  process.exitCode = 1;
}

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({ options: { keep: { type: "boolean" } }, allowPositionals: true });
  if (positionals.length > 0) {
    console.error(usage);
    return 2;
  }
  return showProduct({ isKept: values.keep ?? false });
}

async function showProduct(options: { isKept: boolean }): Promise<number> {
  console.log("Starting the demo …");
  const starting = startDemo(options);
  const world = await Promise.race([starting, stopped]);
  if (world) {
    console.log(invitation(world, options));
    await stopped;
  }
  await starting.then(
    ({ close }) => close(),
    () => {},
  );
  return 0;
}
