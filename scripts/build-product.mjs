import { buildConsole } from "#scripts/build-console.mjs";
import { buildSensor } from "#scripts/build-sensor.mjs";

/** Both programs' builds for the sources as they are now; `environment` tells the launcher where they lie. */
export async function buildProduct({ node, signal }) {
  const sensor = await buildSensor({ node, signal });
  try {
    const console = await buildConsole({ node, signal });
    return {
      folders: [console.folder, sensor.folder],
      environment: { TESSERA_DIST: console.folder, TESSERA_SENSOR: sensor.folder },
      release() {
        console.release();
        sensor.release();
      },
    };
  } catch (failure) {
    sensor.release();
    throw failure;
  }
}
