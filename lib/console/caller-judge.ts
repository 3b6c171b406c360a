import { setImmediate as nextTurn } from "node:timers/promises";
import type { ConsoleContext } from "#lib/console/context.ts";
import type { ObservedCaller } from "#lib/console/observed-callers.ts";
import { type Certificate, issuerNameOf, readCertificate } from "#lib/pki/certificate.ts";
import { createPace } from "#lib/pki/pace.ts";
import { judgeAuthorities } from "#lib/site/authorities.ts";
import { type ExpectedVerdict, expectVerdict } from "#lib/site/expected-verdict.ts";
import { type JudgedCaller, neverAsked, outcomeOf } from "#lib/site/lockout.ts";
import { readPemTextInSlices } from "#lib/site/pem-text.ts";
import { hasErrors } from "#lib/site/problem.ts";
import { isInDate } from "#lib/site/validity.ts";

export type Place = Pick<ConsoleContext, "store" | "tenant" | "now">;

/** Judges observed callers one by one; `prepare` fetches the certificates of those that come next. */
export type CallerJudge = {
  prepare(callers: readonly ObservedCaller[]): Promise<void>;
  judge(caller: ObservedCaller): Promise<JudgedCaller>;
};

/** Issuers seen of some client that another may send too; beyond these more of them change no figure that matters. */
const mostSeen = 100;
/** Of how many revisions the CAs are looked up: the newest of those that accepted somebody. */
const mostRevisions = 30;

/** A judge for a draft with these CAs at a site; `callers` are all that it will be asked about, the last seen first. */
export async function createCallerJudge(
  place: Place,
  siteId: string,
  anchors: readonly Certificate[],
  callers: readonly ObservedCaller[],
): Promise<CallerJudge> {
  const { now } = place;
  const accepting = await anchorsOfRevisions(place, siteId, callers);
  const saved = [...accepting.values()].flat();
  const isSaved = new Set(saved.map(({ fingerprint }) => fingerprint));
  const inBox = new Set(anchors.map(({ fingerprint }) => fingerprint));
  const isShut = !anchors.some((anchor) => isInDate(anchor, now));
  const library = createLibrary(place);
  const shown = [...new Set(callers.flatMap(({ sent }) => sent ?? []))].slice(0, mostSeen);
  await library.keep(shown);
  const seen = [...saved, ...shown.flatMap((fingerprint) => library.read(fingerprint) ?? [])].filter(({ isCa }) => isCa);
  return {
    prepare: (batch) =>
      library.fetch(batch.flatMap(({ fingerprint, sent }) => (fingerprint === null ? [] : [fingerprint, ...(sent ?? [])]))),
    async judge(caller) {
      if (isShut)
        return describe(caller, "CLIENT_CERT_EXPIRED", "no CA in the box is in date", "No CA in the box is in date: nobody gets in.");
      if (caller.fingerprint === null) return judgeBare(caller);
      if (isStillTrusted(caller))
        return describe(caller, "CLIENT_CERT_VERIFIED", "", "The CAs that it was accepted by are all in the box.");
      const leaf = library.read(caller.fingerprint);
      if (leaf === undefined)
        return describe(caller, "CANNOT_TELL", "whose certificate is not kept", "Its certificate is not kept any more.");
      const { verdict, reason } = await expectVerdict({ leaf, seen, ...sentBy(caller) }, anchors, now);
      return describe(caller, verdict, causes[verdict] ?? `signed by ${issuerNameOf(leaf)}`, reason);
    },
  };

  /** More trust takes from nobody what less gave, whichever intermediates it sent: those of accepted clients are not seen. */
  function isStillTrusted({ verdict, acceptedBy, notBefore, notAfter }: ObservedCaller): boolean {
    const before = verdict === "CLIENT_CERT_VERIFIED" && acceptedBy !== null ? accepting.get(acceptedBy) : undefined;
    if (before === undefined || notBefore === null || notAfter === null || now < notBefore || now > notAfter) return false;
    return before.every((anchor) => inBox.has(anchor.fingerprint) && isInDate(anchor, now));
  }

  /** Among what a refused client sent Node shows the site's own CAs too, which it need not have sent. */
  function sentBy({ sent: fingerprints }: ObservedCaller): { sent: Certificate[]; isAllSent: boolean } {
    const own = (fingerprints ?? []).filter((fingerprint) => !isSaved.has(fingerprint));
    const sent = own.flatMap((fingerprint) => library.read(fingerprint) ?? []);
    return { sent, isAllSent: fingerprints !== null && sent.length === fingerprints.length };
  }
}

/** A caller that is not looked at, because there are too many. */
export function tooMany(caller: ObservedCaller): JudgedCaller {
  return describe(caller, "CANNOT_TELL", "not looked at in time", "There are too many callers to look at all of them now.");
}

function judgeBare(caller: ObservedCaller): JudgedCaller {
  return caller.verdict === "CLIENT_CERT_NOT_ASKED"
    ? describe(caller, caller.verdict, neverAsked, "It was never asked for a certificate: nobody knows whether it has one.")
    : describe(
        caller,
        caller.verdict,
        "sent no certificate",
        "It was asked for a certificate and sent none. It needs one of a CA in the box.",
      );
}

function describe(caller: ObservedCaller, verdict: JudgedCaller["verdict"], cause: string, reason: string): JudgedCaller {
  const { name, fingerprint, address, lastAt, hasAccess } = caller;
  return { name, fingerprint, address, lastAt: lastAt.toISOString(), outcome: outcomeOf(hasAccess, verdict), verdict, cause, reason };
}

const causes: Partial<Record<ExpectedVerdict, string>> = {
  CLIENT_CERT_VERIFIED: "",
  CLIENT_CERT_EXPIRED: "expired",
  CLIENT_CERT_NOT_YET_VALID: "not valid yet",
  CLIENT_CERT_SELF_SIGNED: "signed by themselves",
  CLIENT_CERT_WRONG_PURPOSE: "not meant for clients",
  CLIENT_CERT_WEAK: "too weak",
  CLIENT_CERT_CHAIN_TOO_LONG: "with too long a chain",
  CLIENT_CERT_INVALID: "with an invalid chain",
  CANNOT_TELL: "with issuers that were never seen",
};

/** The CAs by revision; of one that cannot be read nothing is concluded. */
async function anchorsOfRevisions({ store, tenant, now }: Place, siteId: string, callers: readonly ObservedCaller[]) {
  const numbers = [...new Set(callers.flatMap(({ acceptedBy }) => acceptedBy ?? []))].sort((a, b) => b - a).slice(0, mostRevisions);
  const found = new Map<number, Certificate[]>();
  const path = "downstreamMtlsCredentials";
  const pace = createPace();
  for (const number of numbers) {
    const [revision] = await store.sites.revisions(tenant.id, siteId, { before: number + 1, limit: 1 });
    if (revision?.number !== number || !revision.site.ok) continue;
    const text = revision.site.value.downstreamMtlsCredentials;
    const read = await readPemTextInSlices(path, text, pace);
    const problems = judgeAuthorities(path, read, now, { vouchesFor: "clients" });
    if (!hasErrors(problems) && read.certificates.length > 0) found.set(number, read.certificates);
  }
  return found;
}

/**
 * Certificates of the ledger, fetched many at a time and taken apart one at a time, which costs a hundred times as much.
 * Those of callers are let go with the next ones: five thousand of them taken apart would fill the memory.
 */
function createLibrary({ store }: Place) {
  const kept = new Map<string, Certificate>();
  let passing = new Map<string, Buffer>();
  return { keep, fetch, read };

  async function keep(fingerprints: readonly string[]): Promise<void> {
    await fetch(fingerprints);
    for (const fingerprint of fingerprints) {
      const certificate = read(fingerprint);
      if (certificate) kept.set(fingerprint, certificate);
      await nextTurn();
    }
  }

  async function fetch(fingerprints: readonly string[]): Promise<void> {
    const rows = await store.ledger.certificates(fingerprints.filter((fingerprint) => !kept.has(fingerprint)));
    passing = new Map(rows.map(({ fingerprint, der }) => [fingerprint, der]));
  }

  function read(fingerprint: string): Certificate | undefined {
    const der = passing.get(fingerprint);
    const reading = der && !kept.has(fingerprint) ? readCertificate({ der }) : null;
    return reading && "certificate" in reading ? reading.certificate : kept.get(fingerprint);
  }
}
