"use client";

import { Field } from "#components/ui/field.tsx";
import { Select } from "#components/ui/select.tsx";
import { type TenantRole, tenantRoles } from "#lib/account/role.ts";

type RoleFieldProps = { value: TenantRole; onChange(role: TenantRole): void; disabledReason?: string | null };

/** What somebody may do in the tenant. */
export function RoleField({ value, onChange, disabledReason }: RoleFieldProps) {
  const help =
    value === "Admin"
      ? "May do everything in this tenant, users and features included."
      : "Sees sites, users and history; changes nothing.";
  return (
    <Field label="Role" help={help} disabledReason={disabledReason ?? undefined}>
      <Select value={value} onChange={(event) => onChange(event.target.value === "Admin" ? "Admin" : "Read-Only")}>
        {tenantRoles.map((role) => (
          <option key={role} value={role}>
            {role}
          </option>
        ))}
      </Select>
    </Field>
  );
}
