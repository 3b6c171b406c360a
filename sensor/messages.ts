import type { Problem } from "#lib/site/problem.ts";
import type { Excess } from "#sensor/admission.ts";
import type { Asked } from "#sensor/answerer.ts";
import type { Deltas } from "#sensor/tally.ts";

/** The two traffic ports. */
export type TrafficPort = "http" | "https";

/** A connection that a worker accepted and has read nothing of; `address` is the client's. */
export type Arrival = readonly [port: TrafficPort, address: string];

/** The primary's judgement of an arrival: the limit it is over, null for one that is let in. */
export type Judgement = Excess | null;

/** The ports in use, under their names in the environment. */
export type Ports = { SENSOR_HTTP_PORT: number; SENSOR_HTTPS_PORT: number; SENSOR_ADMIN_PORT: number };

/** What one worker made of a site's newest revision. */
export type Word = {
  siteId: string;
  revision: number;
  state: "serving" | "rejected";
  problems: Problem[];
  /** What serves instead of a rejected one, null when nothing does. */
  fallbackRevision: number | null;
};

/** A rejection by one worker that all the others must follow. */
export type Overruling = { siteId: string; revision: number; problems: Problem[] };

/** A process' metrics in the metrics library's own shape; only sensor/metrics looks inside. */
export type Measurements = object[];

/** How a worker stands, told once a second. */
export type Status = {
  /** It has read the store at least once. */
  isLoaded: boolean;
  /** It accepts connections on both traffic ports. */
  isListening: boolean;
  /** Of the newest change that it has brought into service or rejected. */
  changeNumber: number;
  lastError: string | null;
  /** Ids of the keyring's keys that it can open. */
  keyIds: string[];
  measurements: Measurements;
};

/** What a worker must know to start. */
export type Begin = { ports: Ports; workers: number };

/** What the primary tells a worker. The port's handle travels with `listen`. */
export type ToWorker =
  | ({ type: "begin" } & Begin)
  | { type: "listen"; port: TrafficPort }
  /** Accept no more until it is told to listen again. */
  | { type: "rest" }
  /** One for each connection of its last question, in the same order. */
  | { type: "judged"; judgements: readonly Judgement[] }
  | ({ type: "overrule" } & Overruling)
  /** The ledger's batch is dealt with: the next may come. */
  | { type: "recorded"; isTaken: boolean }
  | { type: "ask"; asked: Asked }
  | { type: "drain" };

/** What a worker tells the primary. */
export type FromWorker =
  | { type: "ready" }
  /** It has accepted these and asks about them; one such question at a time. */
  | { type: "arrived"; arrivals: readonly Arrival[] }
  | { type: "leaving" }
  | { type: "fatal"; message: string }
  | { type: "word"; word: Word }
  /** Client addresses of connections that are over, one entry for each. */
  | { type: "closed"; addresses: string[] }
  | { type: "status"; status: Status }
  /** What it has counted since it last told. */
  | { type: "counts"; counts: Deltas }
  /** A batch of the ledger as JSON text, which the primary passes on unread. */
  | { type: "record"; batch: string }
  /** The answer to a question, JSON text. */
  | { type: "answer"; id: string; answer: string };
