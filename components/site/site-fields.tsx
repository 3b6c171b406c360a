"use client";

import type { ReactNode } from "react";
import { type FieldPathByValue, useController } from "react-hook-form";
import { useFieldProblems, useSite } from "#components/site/site-form-context.ts";
import { Checkbox } from "#components/ui/checkbox.tsx";
import { Field } from "#components/ui/field.tsx";
import { NumberInput } from "#components/ui/number-input.tsx";
import { TextInput } from "#components/ui/text-input.tsx";
import { labels } from "#lib/site/label.ts";
import type { SiteDraft } from "#lib/site/schema.ts";

type FieldOf<Value> = FieldPathByValue<SiteDraft, Value> & keyof SiteDraft;
type Wording = { help?: ReactNode; disabledReason?: ReactNode };

/** A checkbox of the site; `children` is what it reveals. Its value lives in the form, so disabling never loses it. */
export function CheckboxField({ name, children, ...wording }: Wording & { name: FieldOf<boolean | undefined>; children?: ReactNode }) {
  const { field } = useController({ control: useSite().form.control, name });
  return (
    <Checkbox
      {...wording}
      id={name}
      name={name}
      label={labels[name]}
      problems={useFieldProblems(name)}
      checked={field.value === true}
      onChange={(event) => field.onChange(event.target.checked)}
    >
      {children}
    </Checkbox>
  );
}

type TextFieldProps = Wording & { name: FieldOf<string>; isMono?: boolean; isReadOnly?: boolean; placeholder?: string };

/** One line of text of the site. */
export function TextField({ name, isMono, isReadOnly, placeholder, ...wording }: TextFieldProps) {
  const { field } = useController({ control: useSite().form.control, name });
  return (
    <Field {...wording} id={name} label={labels[name]} problems={useFieldProblems(name)}>
      <TextInput
        name={name}
        isMono={isMono}
        readOnly={isReadOnly}
        placeholder={placeholder}
        value={field.value}
        onChange={field.onChange}
      />
    </Field>
  );
}

/** A whole number of the site with its unit; an emptied field is NaN until something is typed. */
export function NumberField({
  name,
  unit,
  min,
  max,
  ...wording
}: Wording & { name: FieldOf<number>; unit?: string; min: number; max: number }) {
  const { field } = useController({ control: useSite().form.control, name });
  return (
    <Field {...wording} id={name} label={labels[name]} problems={useFieldProblems(name)}>
      <NumberInput
        name={name}
        unit={unit}
        min={min}
        max={max}
        step={1}
        value={Number.isNaN(field.value) ? "" : field.value}
        onChange={(event) => field.onChange(event.target.valueAsNumber)}
      />
    </Field>
  );
}
