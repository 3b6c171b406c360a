import type { AuditGroup } from "#lib/store/audit-actions.ts";
import { auditGroups } from "#lib/store/audit-actions.ts";

/** What the page Audit Log shows; it lives in the URL. Days are UTC (`2026-11-24`), both included. Runs in a browser. */
export type AuditQuery = { search: string; group: AuditGroup | null; from: string; until: string; before: number | null };

/** The query of a URL; what makes no sense is left out. */
export function readAuditQuery(parameters: URLSearchParams): AuditQuery {
  const group = parameters.get("group") ?? "";
  const before = Number(parameters.get("before"));
  return {
    search: (parameters.get("search") ?? "").slice(0, 200),
    group: Object.hasOwn(auditGroups, group) ? (group as AuditGroup) : null,
    from: dayOf(parameters.get("from")),
    until: dayOf(parameters.get("until")),
    before: Number.isSafeInteger(before) && before > 0 ? before : null,
  };
}

/** The URL's part for a query; what is as at first is left out. */
export function writeAuditQuery({ search, group, from, until, before }: AuditQuery): string {
  const parameters = new URLSearchParams();
  if (search !== "") parameters.set("search", search);
  if (group !== null) parameters.set("group", group);
  if (from !== "") parameters.set("from", from);
  if (until !== "") parameters.set("until", until);
  if (before !== null) parameters.set("before", String(before));
  return parameters.toString();
}

/** Whether anything narrows the log. */
export function isNarrowed({ search, group, from, until }: AuditQuery): boolean {
  return search !== "" || group !== null || from !== "" || until !== "";
}

function dayOf(text: string | null): string {
  if (text === null || !/^\d{4}-\d\d-\d\d$/.test(text)) return "";
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text ? "" : text;
}
