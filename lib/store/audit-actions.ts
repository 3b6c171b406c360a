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
  "key.destroy": "Private key destroyed",
  "keyring.record": "Keyring key taken into use",
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
