import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import { memberships } from "#lib/store/account-tables.ts";
import { type Authorship, appendAudit } from "#lib/store/audit.ts";
import type { Transaction } from "#lib/store/database.ts";
import { addLink, findLink, removeLinks } from "#lib/store/one-time-links.ts";
import { addPerson, hasAnyPerson } from "#lib/store/people.ts";
import { tenantByName } from "#lib/store/tenants.ts";

type FirstAdmin = { email: string; passwordHash: string };

/** A new set-up link in the place of the one before; null, and none left, once anybody has ever had an account. */
export function renewSetupLink(tx: Transaction, authorship: Authorship): string | null {
  removeLinks(tx, { purpose: "setup" });
  if (hasAnyPerson(tx)) return null;
  return addLink(tx, { purpose: "setup", email: null, tenantId: null, role: null }, authorship);
}

/** Makes the first admin by the set-up link, which works once, for an hour, and only while nobody has ever had an account. */
export function setUp(tx: Transaction, token: string, admin: FirstAdmin, authorship: Authorship): Result<{ userId: string }> {
  if (!findLink(tx, "setup", token, authorship.now)) return refuse(deadSetupLink);
  return addFirstAdmin(tx, admin, { ...authorship, author: admin.email });
}

/** The first admin is Channel Admin and Admin of the first tenant; refused (`setup.closed`) when there is somebody already. */
export function addFirstAdmin(tx: Transaction, admin: FirstAdmin, authorship: Authorship): Result<{ userId: string }> {
  const tenant = tenantByName(tx, "Default");
  if (hasAnyPerson(tx) || !tenant) return refuse(deadSetupLink);
  removeLinks(tx, { purpose: "setup" });
  const userId = addPerson(tx, { ...admin, isChannelAdmin: true }, authorship);
  tx.insert(memberships).values({ userId, tenantId: tenant.id, role: "Admin", createdAt: authorship.now }).run();
  const detail = { email: admin.email, role: "Admin", isChannelAdmin: true };
  appendAudit(tx, authorship, { tenantId: tenant.id, action: "user.create", subject: userId, detail });
  return ok({ userId });
}

/** What is said of a link that does not work, whatever the reason. */
export const deadSetupLink = error(
  "",
  "setup.closed",
  "This set-up link does not work any more. Start Tessera again with npm start: as long as nobody has an account it prints a new one.",
);
