import { Field } from "#components/ui/field.tsx";
import { SearchInput } from "#components/ui/search-input.tsx";
import { Select } from "#components/ui/select.tsx";
import { TextInput } from "#components/ui/text-input.tsx";
import type { AuditQuery } from "#lib/console/audit-query.ts";
import { type AuditGroup, auditGroups } from "#lib/store/audit-actions.ts";

const groups = Object.entries(auditGroups) as [AuditGroup, { label: string }][];

/** Search and filters of the audit log. */
export function AuditToolbar({ query, onQuery }: { query: AuditQuery; onQuery(query: AuditQuery): void }) {
  const change = (part: Partial<AuditQuery>) => onQuery({ ...query, before: null, ...part });
  return (
    <search className="flex flex-wrap items-end gap-x-4 gap-y-2">
      <Field label="Search" className="w-full @min-[46rem]:w-72">
        <SearchInput placeholder="Name, address, host name, change" value={query.search} onSearch={(search) => change({ search })} />
      </Field>
      <Field label="Show">
        <Select value={query.group ?? ""} onChange={(event) => change({ group: (event.currentTarget.value || null) as AuditGroup | null })}>
          <option value="">Everything</option>
          {groups.map(([group, { label }]) => (
            <option key={group} value={group}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="From (UTC)">
        <TextInput type="date" value={query.from} onChange={(event) => change({ from: event.currentTarget.value })} />
      </Field>
      <Field label="Until (UTC)">
        <TextInput type="date" value={query.until} onChange={(event) => change({ until: event.currentTarget.value })} />
      </Field>
    </search>
  );
}
