import { runQuietly } from "#scripts/command.mjs";
import { keepBuild } from "#scripts/kept-build.mjs";
import { sensorSources } from "#scripts/source-hash.mjs";

/**
 * The sensor's programs as plain JavaScript, for the sources as they are now, as `keepBuild` answers it.
 *
 * @param {{ node: string; signal?: AbortSignal }} options
 */
export function buildSensor({ node, signal }) {
  const make = (folder) =>
    runQuietly(node, ["scripts/bundle-sensor.mjs", folder], {
      signal,
      failure: "The sensor could not be built; the reason stands above.",
    });
  return keepBuild({ what: "sensor", builds: ".tessera/sensors", sources: sensorSources, signal, make });
}
