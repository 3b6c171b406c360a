/**
 * What the audit log tells of: stable codes, each with the words a person reads. None is ever renamed, since rows that
 * were written under it stay. Runs in a browser.
 */
export const auditActions = {
  "tenant.create": "Tenant created",
  "feature.set": "Feature switched",
  "site.create": "Site added",
  "site.save": "Site saved",
  "site.restore": "Revision restored",
  "site.delete": "Site deleted",
  "origin.test": "Origin tested",
  "key.destroy": "Private key destroyed",
  "keyring.record": "Keyring key taken into use",
  "keyring.rotate": "Keyring rotated",
  "database.backup": "Backup written",
  "database.restore": "Database restored from a backup",
  "webhook.set": "Webhook set",
  "webhook.remove": "Webhook removed",
  "user.create": "First administrator created",
  "user.promote": "Made Channel Admin",
  "user.demote": "Channel Admin role taken",
  "user.deactivate": "Account deactivated",
  "user.reactivate": "Account reactivated",
  "member.role": "Role changed",
  "member.remove": "Removed from the tenant",
  "invitation.create": "Invited",
  "invitation.withdraw": "Invitation withdrawn",
  "invitation.accept": "Invitation accepted",
  "session.open": "Signed in",
  "session.fail": "Sign-ins failed",
  "session.close": "Signed out",
  "session.revoke": "Session ended",
  "password.change": "Password changed",
  "password.reset": "Password reset",
  "password.redeem": "New password chosen by a reset link",
  "two-factor.on": "Two-factor turned on",
  "two-factor.off": "Two-factor turned off",
  "two-factor.reset": "Two-factor reset",
  "recovery-codes.renew": "Recovery codes renewed",
} as const;

export type AuditAction = keyof typeof auditActions;

/** What the audit log can be narrowed to: each group by the first part of its codes. */
export const auditGroups = {
  sites: { label: "Sites", parts: ["site", "origin"] },
  keys: { label: "Private keys", parts: ["key", "keyring"] },
  features: { label: "Tenants and features", parts: ["tenant", "feature", "webhook"] },
  database: { label: "Backups", parts: ["database"] },
  people: { label: "People and roles", parts: ["user", "member", "invitation"] },
  access: { label: "Sign-ins and passwords", parts: ["session", "password", "two-factor", "recovery-codes"] },
} as const;

export type AuditGroup = keyof typeof auditGroups;

/** The codes of a group. */
export function actionsOf(group: AuditGroup): AuditAction[] {
  const parts: readonly string[] = auditGroups[group].parts;
  return allActions.filter((action) => parts.includes(action.slice(0, action.indexOf("."))));
}

/** The codes whose words hold this text, capitals aside. */
export function actionsNamed(text: string): AuditAction[] {
  return allActions.filter((action) => auditActions[action].toLowerCase().includes(text.toLowerCase()));
}

const allActions = Object.keys(auditActions) as AuditAction[];
