import { type LedgerVerdict, ledgerVerdicts } from "#lib/site/verdict.ts";

/** How far back the tab Activity looks; `stepS` is the width of one bar in seconds, of which the plot has `bars`. */
export const activityRanges = {
  "1h": { words: "1 hour", ms: 3_600_000, stepS: 60, bars: 60 },
  "24h": { words: "24 hours", ms: 86_400_000, stepS: 3_600, bars: 24 },
  "7d": { words: "7 days", ms: 7 * 86_400_000, stepS: 21_600, bars: 28 },
  "30d": { words: "30 days", ms: 30 * 86_400_000, stepS: 86_400, bars: 30 },
} as const;

export type ActivityRange = keyof typeof activityRanges;

export const activityKinds = { handshake: "TLS handshakes", request: "Refused requests", origin: "Failing origin" } as const;

/** What the tab Activity shows; it lives in the URL. Runs in a browser. */
export type ActivityQuery = {
  /** A request id, an address, the beginning of a fingerprint, or a part of subject or server name. */
  search: string;
  range: ActivityRange;
  kind: keyof typeof activityKinds | null;
  outcome: "accepted" | "refused" | null;
  verdict: LedgerVerdict | null;
  /** SHA-256 in lower-case hexadecimal, `none` for callers without a certificate. */
  certificate: string | null;
  /** The next page of events: only those with a smaller id. */
  before: number | null;
  /** The next page of callers: the last one of the page before, as its time in milliseconds and its id. */
  callersBefore: { lastAt: number; id: number } | null;
};

/** Characters: a fingerprint with its colons has 95. */
export const longestSearch = 128;

/** What is shown without a word in the URL. */
export const wholeActivity: ActivityQuery = {
  search: "",
  range: "24h",
  kind: null,
  outcome: null,
  verdict: null,
  certificate: null,
  before: null,
  callersBefore: null,
};

/** The query of a URL; what makes no sense is left out. */
export function readActivityQuery(parameters: URLSearchParams): ActivityQuery {
  const certificate = parameters.get("certificate") ?? "";
  const [lastAt, id] = (parameters.get("callers") ?? "").split("-").map(placeOf);
  return {
    search: (parameters.get("search") ?? "").slice(0, longestSearch),
    range: keyOf(activityRanges, parameters.get("range")) ?? wholeActivity.range,
    kind: keyOf(activityKinds, parameters.get("kind")),
    outcome: keyOf({ accepted: 0, refused: 0 }, parameters.get("outcome")),
    verdict: ledgerVerdicts.find((verdict) => verdict === parameters.get("verdict")) ?? null,
    certificate: /^(?:[0-9a-f]{64}|none)$/.test(certificate) ? certificate : null,
    before: placeOf(parameters.get("before")),
    callersBefore: lastAt && id ? { lastAt, id } : null,
  };
}

/** The URL's part for a query; what is as at first is left out. */
export function writeActivityQuery(query: ActivityQuery): string {
  const { search, range, kind, outcome, verdict, certificate, before, callersBefore } = query;
  const values = {
    search,
    range: range === wholeActivity.range ? null : range,
    kind,
    outcome,
    verdict,
    certificate,
    before,
    callers: callersBefore && `${callersBefore.lastAt}-${callersBefore.id}`,
  };
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) if (value !== null && value !== "") parameters.set(name, String(value));
  return parameters.toString();
}

/** Whether anything but the time narrows the events. */
export function isNarrowed({ search, kind, outcome, verdict, certificate }: ActivityQuery): boolean {
  return search !== "" || kind !== null || outcome !== null || verdict !== null || certificate !== null;
}

function keyOf<Name extends string>(choices: Record<Name, unknown>, text: string | null): Name | null {
  return text !== null && Object.hasOwn(choices, text) ? (text as Name) : null;
}

function placeOf(text: string | null): number | null {
  const place = Number(text);
  return Number.isSafeInteger(place) && place > 0 ? place : null;
}
