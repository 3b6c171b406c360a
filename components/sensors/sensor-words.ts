import type { Meaning } from "#components/ui/meaning.tsx";
import type { SensorState } from "#lib/console/sensors.ts";

/** What a state means: its colour, its name (of which the page may say more), and what follows from it. */
export type SensorWords = { meaning: Meaning; name: string; consequence: string };

/** The words for each state of a sensor. */
export const sensorWords: Record<SensorState, SensorWords> = {
  "up-to-date": {
    meaning: "good",
    name: "Up to date",
    consequence: "Everything that was saved is served, or was rejected, which this page and the site’s say.",
  },
  short: {
    meaning: "notice",
    name: "Up to date, with fewer workers",
    consequence:
      "Everything that was saved is served. Workers that are missing are being replaced; until then the others take their connections.",
  },
  faulty: {
    meaning: "notice",
    name: "Serving, in trouble",
    consequence: "What was saved before is served, what is saved now may not be. The sensor’s log says why; it tries again by itself.",
  },
  behind: {
    meaning: "notice",
    name: "Behind",
    consequence: "The revisions before are served. It catches up by itself; where it does not, its log says why.",
  },
  "no-workers": {
    meaning: "danger",
    name: "No worker serves",
    consequence:
      "Clients wait for an answer and get none. Workers are started again by themselves; where that does not help, the sensor’s log says why.",
  },
  silent: {
    meaning: "danger",
    name: "No sign of life",
    consequence:
      "It has crashed, or it cannot write sensor.db, so whether clients are served is not known. Look at its log, and start it again with npm start.",
  },
  stopped: { meaning: "danger", name: "Stopped", consequence: "It was asked to stop and serves nobody. Start it with npm start." },
};
