import type { Problem } from "#lib/site/problem.ts";
import type { Asked } from "#sensor/answerer.ts";
import type { Deltas } from "#sensor/tally.ts";

/** The two traffic ports. */
export type TrafficPort = "http" | "https";

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
  /** Of the newest change that it has brought into service or rejected. */
  changeNumber: number;
  lastError: string | null;
  /** Ids of the keyring's keys that it can open. */
  keyIds: string[];
  measurements: Measurements;
};

/** What a worker must know to start. */
export type Begin = { ports: Ports; workers: number };

/** What the primary tells a worker. A socket travels with `take`. */
export type ToWorker =
  | ({ type: "begin" } & Begin)
  | { type: "take"; port: TrafficPort; address: string }
  | ({ type: "overrule" } & Overruling)
  /** The ledger's batch is dealt with: the next may come. */
  | { type: "recorded"; isTaken: boolean }
  | { type: "ask"; asked: Asked }
  | { type: "drain" };

/** What a worker tells the primary. */
export type FromWorker =
  | { type: "ready" }
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
