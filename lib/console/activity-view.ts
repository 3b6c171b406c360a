import type { Explanation } from "#lib/site/explanation.ts";
import type { LedgerVerdict } from "#lib/site/verdict.ts";

/** Everything the tab Activity shows: plain JSON; all texts of strangers are escaped and at most 256 characters. */
export type ActivityView = {
  siteId: string;
  hostName: string;
  plot: PlotView;
  /** Who connected, most recently seen first; `callersBefore` is where the older ones go on. */
  callers: GroupView[];
  callersBefore: { lastAt: number; id: number } | null;
  /** Refused requests and a failing origin, for other reasons than the client's certificate. */
  troubles: GroupView[];
  events: EventView[];
  olderBefore: number | null;
  /** How many days a row is kept; 0: none is. */
  keptDays: number;
  /** Without the feature nobody of the tenant can change what a next step may speak of. */
  hasMtlsFeature: boolean;
};

/** What one certificate, or everybody without one, met at the site. */
export type GroupView = {
  kind: "handshake" | "request" | "origin";
  verdict: LedgerVerdict;
  isRefused: boolean;
  count: number;
  /** Null where the row is about several clients. */
  firstAt: string | null;
  lastAt: string;
  lastAddress: string;
  /** Of the last of them. */
  code: string | null;
  reason: string | null;
  /** Of the certificate, where it is not kept itself. */
  fingerprint: string | null;
  subject: string | null;
  certificate: PresentedView | null;
  explanation: Explanation;
};

export type EventView = {
  id: number;
  at: string;
  kind: "handshake" | "request" | "origin";
  verdict: LedgerVerdict;
  isRefused: boolean;
  address: string;
  serverName: string | null;
  protocol: string | null;
  cipher: string | null;
  alpn: string | null;
  fingerprint: string | null;
  subject: string | null;
  certificate: PresentedView | null;
  code: string | null;
  reason: string | null;
  status: number | null;
  requestId: string | null;
  originAddress: string | null;
  revision: number | null;
  explanation: Explanation;
};

/** A certificate as it was presented; dates in ISO form. */
export type PresentedView = {
  name: string;
  subject: string;
  issuer: string;
  serial: string;
  notBefore: string;
  notAfter: string;
  names: string;
  /** In words; null for no restriction. */
  purposes: string | null;
  key: string;
  isCa: boolean;
  fingerprint: string;
};

/** Bars from the oldest to the newest; each series has one number per bar. */
export type PlotView = {
  /** When each bar begins (ISO), and its width in seconds. */
  starts: string[];
  stepS: number;
  series: PlotSeries[];
  /** Events that were never written, and rows deleted before their time to make room. */
  losses: { dropped: number; evicted: number };
  keptSince: string | null;
};

export type PlotSeries = { verdict: LedgerVerdict; isRefused: boolean; counts: number[]; total: number };

/** What came since the newest row that a page has, newest first; with `isCut` there was more than fits. */
export type TailView = { events: EventView[]; isCut: boolean };
