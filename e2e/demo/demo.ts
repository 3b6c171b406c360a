import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { invitation } from "#e2e/demo/invitation.ts";
import { makePictures } from "#e2e/demo/pictures.ts";
import { playTour } from "#e2e/demo/play-tour.ts";
import { type Tour, tours } from "#e2e/demo/tour.ts";
import { awaitStop, withDemo } from "#e2e/demo/with-demo.ts";

const usage = `npm run demo                        the product with a PKI, an origin and three sites, until Ctrl-C
npm run demo -- --keep              the same; its folder stays
npm run demo -- tour NAME           a story in a browser: ${Object.keys(tours).join(", ")}
    --headless                      in no visible browser
    --speed 2                       twice as fast
    --record FOLDER                 makes FOLDER/tour.webm and PNG stills
npm run demo -- pictures            makes the pictures of README and docs anew`;

const options = {
  keep: { type: "boolean", default: false },
  headless: { type: "boolean", default: false },
  speed: { type: "string", default: "1" },
  record: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

type Words = ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;

const stopped = awaitStop();

try {
  process.exitCode = await run(readWords());
} catch (failure) {
  console.error(failure instanceof Error ? failure.message : failure);
  process.exitCode = 1;
}

async function run(words: Words | null): Promise<number> {
  if (words?.values.help) {
    console.log(usage);
    return 0;
  }
  const work = words && chooseWork(words);
  if (!work) {
    console.error(usage);
    return 2;
  }
  await work();
  return 0;
}

/** Null for words that are none of the commands above. */
function chooseWork(words: Words): (() => Promise<unknown>) | null {
  const [command, name, ...more] = words.positionals;
  if (command === undefined) return () => showProduct(words);
  if (command === "pictures" && name === undefined) return () => makePictures(stopped);
  const tour = command === "tour" && name !== undefined && more.length === 0 ? tours[name] : undefined;
  return tour && Number(words.values.speed) > 0 ? () => showTour(tour, words) : null;
}

function readWords(): Words | null {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch {
    return null;
  }
}

function showProduct({ values }: Words) {
  console.log("Starting the demo …");
  return withDemo({ isKept: values.keep, say: console.log }, stopped, async (world) => {
    console.log(invitation(world, { isKept: values.keep }));
    await stopped;
  });
}

async function showTour(tour: Tour, { values }: Words) {
  console.log(`Starting the demo for “${tour.title}” …`);
  const folder = values.record;
  if (folder !== undefined) await mkdir(folder, { recursive: true });
  return withDemo({ isKept: values.keep, isOnFreePorts: true, say: console.log }, stopped, (world) =>
    playTour(tour, world, {
      speed: Number(values.speed),
      isHeadless: values.headless,
      film: folder === undefined ? null : join(folder, "tour.webm"),
      keepStill: async (name, page) => {
        if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
      },
    }),
  );
}
