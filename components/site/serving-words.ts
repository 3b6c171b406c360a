import { inWords } from "#components/site/site-form-context.ts";
import { sayDuration } from "#components/ui/duration.ts";
import type { Meaning } from "#components/ui/meaning.tsx";
import type { ServingView } from "#lib/console/site-view.ts";
import { labelOf } from "#lib/site/label.ts";

/** `name` is the contract's literal text; `more` says what else is known, as a whole sentence or a short phrase. */
export type ServingWords = { meaning: Meaning; name: string; more: string };

/** What a sensor's answer, or its silence, means. */
export function servingWords(state: ServingView): ServingWords {
  const { revision } = state;
  if (state.state === "serving") return { meaning: "good", name: `Serving revision ${revision}`, more: timeTaken(state) };
  if (state.state === "not-serving")
    return { meaning: "danger", name: `Not serving revision ${revision}`, more: `${reasonOf(state)} ${instead(state)}` };
  return { meaning: "unknown", name: "Waiting for the sensor", more: meanwhile(state) };
}

/** From the save's arrival at the console to the moment when the last worker served it; both clocks are this machine's. */
function timeTaken({ savedAt, servedAt }: ServingView): string {
  const tookMs = Date.parse(servedAt ?? "") - Date.parse(savedAt);
  return tookMs >= 0 ? `${sayDuration(tookMs)} after the save` : "";
}

function reasonOf({ problems }: ServingView): string {
  const reason = problems.find(({ severity }) => severity === "error") ?? problems[0];
  if (!reason) return "The sensor gave no reason.";
  const label = labelOf(reason.path);
  return `${label ? `${label}: ` : ""}${inWords(reason).message}`;
}

function instead({ servingRevision }: ServingView): string {
  return servingRevision === null ? "Nothing is served instead: every request gets 503." : `Revision ${servingRevision} keeps serving.`;
}

/** A sensor that is silent may serve all the same: then nobody here knows. */
function meanwhile({ servingRevision, isSensorAlive }: ServingView): string {
  if (isSensorAlive === null) return "The console cannot read sensor.db, so what is served is not known.";
  if (!isSensorAlive) return "No sensor gives a sign of life, so clients may get no answer. Settings → Sensors says more.";
  return servingRevision === null ? "No revision of this site serves yet." : `Revision ${servingRevision} serves meanwhile.`;
}
