import { Field } from "#components/ui/field.tsx";
import { SearchInput } from "#components/ui/search-input.tsx";
import { Select } from "#components/ui/select.tsx";
import { type ActivityQuery, activityKinds, longestSearch } from "#lib/console/activity-query.ts";
import { ledgerVerdicts } from "#lib/site/verdict.ts";
import { verdictWords } from "#lib/site/verdict-words.ts";

const kinds = Object.entries(activityKinds);

/** Search and filters of the events; the time range stands above, for plot and events alike. */
export function ActivityToolbar({ query, onQuery }: { query: ActivityQuery; onQuery(query: ActivityQuery): void }) {
  const change = (part: Partial<ActivityQuery>) => onQuery({ ...query, before: null, callersBefore: null, ...part });
  return (
    <search className="flex flex-wrap items-end gap-x-4 gap-y-2">
      <Field label="Search" className="w-full @min-[46rem]:w-80">
        <SearchInput
          placeholder="Request ID, subject, fingerprint, address"
          value={query.search}
          maxLength={longestSearch}
          onSearch={(search) => change({ search })}
        />
      </Field>
      <Field label="Outcome">
        <Select value={query.outcome ?? ""} onChange={(event) => change({ outcome: one(event.currentTarget.value) })}>
          <option value="">Both</option>
          <option value="accepted">Accepted</option>
          <option value="refused">Refused or failed</option>
        </Select>
      </Field>
      <Field label="Kind">
        <Select value={query.kind ?? ""} onChange={(event) => change({ kind: one(event.currentTarget.value) })}>
          <option value="">Everything</option>
          {kinds.map(([kind, words]) => (
            <option key={kind} value={kind}>
              {words}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Verdict" className="max-w-full">
        <Select value={query.verdict ?? ""} onChange={(event) => change({ verdict: one(event.currentTarget.value) })}>
          <option value="">Any</option>
          {ledgerVerdicts.map((verdict) => (
            <option key={verdict} value={verdict}>
              {verdictWords[verdict]}
            </option>
          ))}
        </Select>
      </Field>
    </search>
  );
}

/** A select's value: its options have no others. */
function one<Value extends string>(text: string): Value | null {
  return text === "" ? null : (text as Value);
}
