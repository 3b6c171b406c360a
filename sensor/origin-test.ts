import { type KeyObject, X509Certificate } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { checkServerIdentity } from "node:tls";
import type { OriginFound, OriginReport, OriginTestInput } from "#lib/channel/origin-test.ts";
import { readCertificate } from "#lib/pki/certificate.ts";
import { readDistinguishedName } from "#lib/pki/distinguished-name.ts";
import { certificateFacts } from "#lib/pki/facts.ts";
import { escaped } from "#lib/pki/name.ts";
import type { OriginSide } from "#lib/site/origin-side.ts";
import { ok } from "#lib/site/problem.ts";
import type { Asking, Handler } from "#sensor/answerer.ts";
import type { Dialer } from "#sensor/dialer.ts";
import { createHandshakeTap, type Heard } from "#sensor/handshake-tap.ts";
import type { ReadOriginDraft } from "#sensor/origin-draft.ts";
import { type Exchange, exchangeOnce } from "#sensor/origin-exchange.ts";
import { isRefusal, judgeOrigin } from "#sensor/origin-judgement.ts";
import { loopIdOf } from "#sensor/request-headers.ts";
import { createUpstream } from "#sensor/upstream.ts";

export type OriginTestOptions = { dialer: Dialer; readDraft: ReadOriginDraft };

/**
 * Answers `origin.test`: speaks with the origin as serving would, by the same upstream and the same dialer, without the
 * client certificate and then with it; an origin whose own certificate fails in the first exchange is not shown any.
 */
export function createOriginTest({ dialer, readDraft }: OriginTestOptions): Handler<OriginTestInput, OriginReport> {
  let lastTurn = Promise.resolve();
  return async (input, asking) => {
    const draft = await readDraft(input, asking);
    if (!draft.ok) return draft;
    const { side, key } = draft.value;
    const found = await Promise.all(destinationsOf(side).map((one) => testOne(one, key, { ...asking, siteId: input.siteId })));
    const isTls = side.tls !== null && !side.isTerminateOnly;
    return ok({ port: isTls ? side.originHttpsPort : side.originHttpPort, hasCertificate: side.upstream !== null, found });
  };

  /** A flight takes milliseconds to read: many that end at once are read one in each turn of the event loop. */
  function takeTurn(): Promise<void> {
    lastTurn = lastTurn.then(() => nextTurn());
    return lastTurn;
  }

  async function testOne(side: OriginSide, key: KeyObject | null, asking: Asking & { siteId: string | null }): Promise<OriginFound> {
    const tap = createHandshakeTap();
    const isTls = side.tls !== null && !side.isTerminateOnly;
    const bare = await exchange({ ...side, upstream: null }, null);
    await takeTurn();
    const heard = tap.heard();
    const isAsked = heard.flight.request === "unknown" ? null : heard.flight.request !== null;
    const isWorthMore = bare.kind === "answered" || isRefusal(bare, isAsked);
    const shown = side.upstream !== null && isWorthMore ? await exchange(side, key) : null;
    return {
      destination: describe(side),
      address: heard.address,
      ...shorten(judgeOrigin({ isTls, isAsked, bare, shown })),
      statusWith: statusOf(shown),
      statusWithout: statusOf(bare),
      tls: isTls && heard.flight.version !== null ? tlsOf(side, heard, bare, isAsked) : null,
    };

    /** Only the first listens: the handshake with the certificate is the very one that serving makes. */
    async function exchange(compiled: OriginSide, upstreamKey: KeyObject | null): Promise<Exchange> {
      const isBare = compiled.upstream === null;
      const upstream = createUpstream({ compiled, upstreamKey, dialer, scope: `test ${asking.id}`, ...(isBare ? { tap } : {}) });
      const loopId = loopIdOf(asking.siteId ?? asking.id);
      try {
        return await exchangeOnce({ upstream, hostName: side.hostName, requestId: asking.id, loopId, signal: asking.signal });
      } finally {
        upstream.destroy();
      }
    }
  }
}

/** Each address of several by itself: the dialer would stop at the first that answers. */
function destinationsOf(side: OriginSide): OriginSide[] {
  const { origin } = side;
  if (origin.kind === "host") return [side];
  const tested = origin.addresses.slice(0, mostDestinations);
  return tested.map((address) => ({ ...side, origin: { kind: "addresses", addresses: [address] } }));
}

/** As many as the dialer tries. */
const mostDestinations = 16;

function describe({ origin }: OriginSide): string {
  return origin.kind === "host" ? origin.hostName : origin.addresses.join(", ");
}

function statusOf(exchange: Exchange | null): number | null {
  return exchange?.kind === "answered" ? exchange.status : null;
}

function shorten<T extends { reason: string | null }>(judgement: T): T {
  return { ...judgement, reason: judgement.reason === null ? null : escaped(judgement.reason) };
}

const mostCertificates = 8;
const mostNames = 50;

function tlsOf(side: OriginSide, { flight, authorizationError }: Heard, bare: Exchange, isAsked: boolean | null): OriginFound["tls"] {
  const names = flight.request === "unknown" || flight.request === null ? [] : flight.request.names;
  const { serverName, isVerified } = side.originTls;
  return {
    version: flight.version,
    isAsked,
    authorities: names.slice(0, mostNames).map((name) => readDistinguishedName(name) ?? "a name that cannot be read"),
    authorityCount: names.length,
    chain: flight.chain.slice(0, mostCertificates).flatMap((der) => {
      const read = readCertificate({ der });
      return "certificate" in read ? [certificateFacts(read.certificate)] : [];
    }),
    serverName,
    isNameRight: isNameRight(serverName, flight.chain[0]),
    isVerified,
    fault: authorizationError ?? (bare.kind === "failed" && bare.failure.verdict.startsWith("ORIGIN_CERT_") ? codeIn(bare) : null),
  };
}

function codeIn({ failure }: Extract<Exchange, { kind: "failed" }>): string {
  return escaped(failure.reason.split(":")[0] ?? "");
}

/** By the function that serving judges with, also where something else is wrong with the certificate first. */
function isNameRight(serverName: string, der: Buffer | undefined): boolean | null {
  if (der === undefined) return null;
  try {
    return checkServerIdentity(serverName, new X509Certificate(der).toLegacyObject()) === undefined;
  } catch {
    return null;
  }
}
