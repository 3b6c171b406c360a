import { expect, test } from "vitest";
import type { OriginOutcome } from "#lib/channel/origin-test.ts";
import type { Exchange } from "#sensor/origin-exchange.ts";
import { originFailureOf } from "#sensor/origin-failure.ts";
import { judgeOrigin } from "#sensor/origin-judgement.ts";

const answered = (status: number, isCertificateRefused = false): Exchange => ({ kind: "answered", status, isCertificateRefused });

function failed(code: string, isClosed = false): Exchange {
  const alert = /_ALERT_([A-Z_]+)$/.exec(code)?.[1]?.toLowerCase() ?? null;
  return { kind: "failed", failure: originFailureOf(Object.assign(new Error("failed"), { code })), alert, isClosed };
}

const required = failed("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
const unknownCa = failed("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA");
const brokenOff = failed("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE");
const closed = failed("ECONNRESET", true);
const late = failed("dial.timeout");

const table: [bare: Exchange, shown: Exchange | null, isAsked: boolean | null, outcome: OriginOutcome, verdict: string][] = [
  [required, answered(200), true, "asks-and-accepts", "ORIGIN_OK"],
  [brokenOff, answered(200), true, "asks-and-accepts", "ORIGIN_OK"],
  [brokenOff, answered(200), null, "asks-and-accepts", "ORIGIN_OK"],
  [closed, answered(200), true, "asks-and-accepts", "ORIGIN_OK"],
  [answered(400, true), answered(200), true, "asks-and-accepts", "ORIGIN_OK"],
  [answered(403), answered(200), true, "asks-and-accepts", "ORIGIN_OK"],
  [answered(401), answered(404), null, "asks-and-accepts", "ORIGIN_OK"],
  // What comes after the handshake's refusal of the other is the page's own answer.
  [required, answered(403), true, "asks-and-accepts", "ORIGIN_OK"],

  [required, unknownCa, true, "asks-and-refuses", "ORIGIN_REFUSED_CLIENT_CERT"],
  [brokenOff, brokenOff, true, "asks-and-refuses", "ORIGIN_REFUSED_CLIENT_CERT"],
  [closed, closed, true, "asks-and-refuses", "ORIGIN_REFUSED_CLIENT_CERT"],
  [answered(400, true), answered(400, true), true, "asks-and-refuses", "ORIGIN_REFUSED_CLIENT_CERT"],

  [answered(200), answered(200), false, "never-asks", "ORIGIN_OK"],
  [answered(403), answered(403), false, "never-asks", "ORIGIN_OK"],
  [answered(200), answered(200), true, "accepts-without", "ORIGIN_OK"],
  [answered(200), answered(200), null, "accepts-without", "ORIGIN_OK"],
  [answered(404), answered(403), true, "accepts-without", "ORIGIN_OK"],
  [answered(200), unknownCa, true, "asks-and-refuses", "ORIGIN_REFUSED_CLIENT_CERT"],

  [answered(403), answered(403), true, "cannot-tell", "ORIGIN_OK"],
  [answered(401), answered(401), null, "cannot-tell", "ORIGIN_OK"],
  [late, answered(200), true, "cannot-tell", "ORIGIN_OK"],

  [answered(200), late, true, "failed", "ORIGIN_TIMEOUT"],
  [answered(200), closed, false, "failed", "ORIGIN_PROTOCOL_ERROR"],
  [answered(200), failed("CERT_HAS_EXPIRED"), true, "failed", "ORIGIN_CERT_EXPIRED"],

  [required, null, true, "demands-certificate", "ORIGIN_REFUSED_CLIENT_CERT"],
  [answered(496, true), null, true, "demands-certificate", "ORIGIN_REFUSED_CLIENT_CERT"],
  [answered(200), null, false, "answers", "ORIGIN_OK"],
  [answered(500), null, true, "answers", "ORIGIN_OK"],
  [closed, null, null, "failed", "ORIGIN_PROTOCOL_ERROR"],
  [brokenOff, null, false, "failed", "ORIGIN_PROTOCOL_ERROR"],
  [failed("ECONNREFUSED"), null, null, "failed", "ORIGIN_UNREACHABLE"],
];

test.each(table)("without a certificate %o, with one %o, asked %s: %s", (bare, shown, isAsked, outcome, verdict) => {
  expect(judgeOrigin({ isTls: true, isAsked, bare, shown })).toMatchObject({ outcome, verdict });
});

test("plain HTTP is judged by its answer alone", () => {
  const evidence = { isTls: false, isAsked: null, shown: null };
  expect(judgeOrigin({ ...evidence, bare: answered(400, true) })).toMatchObject({ outcome: "answers-in-plain", verdict: "ORIGIN_OK" });
  expect(judgeOrigin({ ...evidence, bare: failed("ECONNREFUSED") })).toMatchObject({ outcome: "failed", verdict: "ORIGIN_UNREACHABLE" });
});
