import type { AuditQuery } from "#lib/console/audit-query.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { shownAudit } from "#lib/console/shown-audit.ts";
import { labelOf } from "#lib/site/label.ts";
import { actionsOf, auditActions } from "#lib/store/audit-actions.ts";
import type { AuditFilter, AuditRow } from "#lib/store/store.ts";

/** One row of the audit log as its page shows it: plain JSON. */
export type AuditEntry = {
  id: number;
  at: string;
  actor: string;
  /** Empty for what was done on the machine itself. */
  address: string;
  /** What happened, in words. */
  action: string;
  /** What it happened to, and its page where it still has one. */
  subject: string;
  href: string | null;
  /** What else is known, a short phrase each. */
  details: string[];
  /** What came and went by itself: certificates, keys, entries of lists. */
  items: string[];
  hash: string;
};

/** `olderBefore` is where the older ones go on; null when these are all. */
export type AuditPage = { entries: AuditEntry[]; olderBefore: number | null };

const pageLength = 50;

/** The rows of the log that a query asks for, newest first. */
export async function loadAuditPage(context: ConsoleContext, query: AuditQuery): Promise<AuditPage> {
  const found = await context.store.audit.list(auditFilter(context, query, pageLength + 1));
  const rows = found.slice(0, pageLength);
  const sites = await openSites(context, rows);
  return {
    entries: rows.map((row) => entryOf(shownAudit(row, context.hasMtlsFeature), sites)),
    olderBefore: found.length > pageLength ? (rows.at(-1)?.id ?? null) : null,
  };
}

/** What of the log the author may see, narrowed by a query; what concerns no single tenant is a Channel Admin's to see. */
export function auditFilter({ tenant, isChannelAdmin }: ConsoleContext, query: AuditQuery, limit: number): AuditFilter {
  return {
    tenantId: tenant.id,
    hasGlobal: isChannelAdmin,
    actions: query.group === null ? undefined : actionsOf(query.group),
    search: query.search.trim() || undefined,
    from: query.from === "" ? undefined : new Date(`${query.from}T00:00:00Z`),
    until: query.until === "" ? undefined : new Date(Date.parse(`${query.until}T00:00:00Z`) + 86_400_000),
    before: query.before ?? undefined,
    limit,
  };
}

/** The words for an action; a code that this version does not know stands for itself. */
export function actionWords(action: string): string {
  return Object.hasOwn(auditActions, action) ? auditActions[action as keyof typeof auditActions] : action;
}

/** The sites among the rows' subjects that have a page. */
async function openSites({ store, tenant }: ConsoleContext, rows: readonly AuditRow[]): Promise<Set<string>> {
  const ids = new Set(rows.flatMap(({ action, subject }) => (subject && /^(site|key|origin)\./.test(action) ? [subject] : [])));
  const found = await Promise.all([...ids].map((id) => store.sites.get(tenant.id, id)));
  return new Set(found.flatMap((site) => (site ? [site.id] : [])));
}

function entryOf({ id, at, actor, address, action, subject, detail, hash }: AuditRow, sites: ReadonlySet<string>): AuditEntry {
  const { hostName, email, name, changes, items, ...rest } = detail;
  const known = [hostName, email, name].find((value) => typeof value === "string" && value !== "");
  return {
    id,
    at: at.toISOString(),
    actor,
    address: address ?? "",
    action: actionWords(action),
    // The subject of a sign-in is the account under Who, here only a number.
    subject: String(known ?? (action.startsWith("session.") ? "" : subject) ?? ""),
    href: subject !== null && sites.has(subject) ? `/settings/sites/${subject}/history` : null,
    details: [...Object.entries(rest).map(phraseOf), ...listOf(changes)],
    items: listOf(items),
    hash,
  };
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

function phraseOf([key, value]: [string, unknown]): string {
  if (key === "isOn") return value === true ? "on" : "off";
  if (key === "isChannelAdmin" && value === true) return "Channel Admin";
  if (key === "how") return `with ${String(value)}`;
  const name = key.replace(/([a-z])([A-Z0-9])/g, "$1 $2").toLowerCase();
  return `${name} ${(key === "field" && labelOf(String(value))) || String(value)}`;
}
