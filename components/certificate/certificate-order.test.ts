import { expect, test } from "vitest";
import {
  type CertificateQuery,
  daysAhead,
  readCertificateQuery,
  selectCertificates,
  writeCertificateQuery,
} from "#components/certificate/certificate-order.ts";
import type { CertificateRow } from "#lib/console/certificates-view.ts";

function row(name: string, notAfter: string, changes: Partial<CertificateRow> = {}): CertificateRow {
  return {
    kind: "site",
    fingerprint: "aabb",
    name,
    subject: `CN=${name}`,
    issuer: "CN=Web CA",
    notBefore: "2026-01-01T00:00:00.000Z",
    notAfter: `${notAfter}T12:00:00.000Z`,
    sites: [{ id: "1", hostName: `${name}.test` }],
    effect: "",
    isFixed: false,
    notice: null,
    seenAt: null,
    ...changes,
  };
}

const rows = [
  row("late", "2027-06-01"),
  row("soon", "2026-11-27"),
  row("partner", "2026-11-25", { kind: "client", fingerprint: "c0ffee" }),
  row("ca", "2026-12-20", { kind: "client-ca" }),
  row("over", "2026-11-01"),
];
const asked = (text: string) => readCertificateQuery(new URLSearchParams(text));
const names = (query: CertificateQuery) => selectCertificates(rows, query).map(({ name }) => name);

test("at first everything that sites use is there, first to run out first, and clients' certificates apart", () => {
  expect(names(asked(""))).toEqual(["over", "soon", "ca", "late"]);
  expect(names(asked("kind=client"))).toEqual(["partner"]);
});

test.each([
  ["kind=client-ca", ["ca"]],
  ["search=LATE.test", ["late"]],
  ["search=C0:FF&kind=client", ["partner"]],
  ["sort=certificate", ["ca", "late", "over", "soon"]],
  ["sort=expires-descending", ["late", "ca", "soon", "over"]],
])("%s shows what it says and comes back as it was", (text, expected) => {
  expect(names(asked(text))).toEqual(expected);
  expect(asked(writeCertificateQuery(asked(text)))).toEqual(asked(text));
});

test.each(["kind=constructor", "sort=toString", "view=x&days=8", "days=NaN"])(
  "%s, which makes no sense, shows what is shown at first",
  (text) => {
    expect(writeCertificateQuery(asked(text))).toBe("");
  },
);

test("by date: what has run out, then each day within the span", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");
  const days = (span: 7 | 30 | 60) => {
    const ahead = daysAhead(selectCertificates(rows, asked("")), span, now);
    return [ahead.over.map(({ name }) => name), ahead.days.map(({ day }) => day)];
  };
  expect(days(7)).toEqual([["over"], ["2026-11-27"]]);
  expect(days(30)).toEqual([["over"], ["2026-11-27", "2026-12-20"]]);
});
