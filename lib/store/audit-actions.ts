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
} as const;

export type AuditAction = keyof typeof auditActions;
