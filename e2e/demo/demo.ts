import { parseArgs } from "node:util";
import { startDemo } from "#e2e/demo/demo-world.ts";
import { invitation } from "#e2e/demo/invitation.ts";
import { playTour } from "#e2e/demo/play-tour.ts";
import { tours } from "#e2e/demo/tour.ts";

const usage = `npm run demo                        the product with a PKI, an origin and three sites, until Ctrl-C
npm run demo -- --keep              the same; its folder stays
npm run demo -- tour NAME           a story in a browser: ${Object.keys(tours).join(", ")}
    --headless                      in no visible browser
    --speed 2                       twice as fast
    --record FOLDER                 makes FOLDER/tour.webm and PNG stills`;

const options = {
  keep: { type: "boolean" },
  headless: { type: "boolean" },
  speed: { type: "string", default: "1" },
  record: { type: "string" },
} as const;

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
  const words = readWords();
  if (!words) {
    console.error(usage);
    return 2;
  }
  const { tour, isKept, ...playing } = words;
  console.log("Starting the demo …");
  const starting = startDemo({ isKept, isOnFreePorts: tour !== undefined });
  try {
    const world = await Promise.race([starting, stopped]);
    if (!world) return 0;
    if (tour) await Promise.race([playTour(tour, world, playing), stopped]);
    else {
      console.log(invitation(world, { isKept }));
      await stopped;
    }
    return 0;
  } finally {
    await starting.then(
      ({ close }) => close(),
      () => {},
    );
  }
}

/** Null for what is none of the commands above. */
function readWords() {
  try {
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [command, name, ...more] = positionals;
    const tour = name === undefined ? undefined : tours[name];
    const speed = Number(values.speed);
    if (command !== undefined && (command !== "tour" || !tour || more.length > 0)) return null;
    if (!(speed > 0)) return null;
    const recordFolder = values.record ?? null;
    return { tour, isKept: values.keep ?? false, isHeadless: values.headless ?? false, speed, recordFolder };
  } catch {
    return null;
  }
}
