"use client";

import { Plus, Trash2 } from "lucide-react";
import { useRef } from "react";
import { useController } from "react-hook-form";
import { focusSoon } from "#components/site/focus-soon.ts";
import { useFieldProblems, useSite } from "#components/site/site-form-context.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { TextInput } from "#components/ui/text-input.tsx";
import { labels } from "#lib/site/label.ts";
import type { SiteDraft } from "#lib/site/schema.ts";

type Header = SiteDraft["responseHeaders"][number];

const most = 50;

/** Custom Response Headers: pairs of name and value, added to every answer of the origin. */
export function ResponseHeadersField() {
  const { field } = useController({ control: useSite().form.control, name: "responseHeaders" });
  const addButton = useRef<HTMLButtonElement>(null);
  const headers = field.value;

  function add() {
    field.onChange([...headers, { name: "", value: "" }]);
    focusSoon(pathOf(headers.length, "name"));
  }

  function remove(index: number) {
    field.onChange(headers.toSpliced(index, 1));
    addButton.current?.focus();
  }

  return (
    <Field
      isGroup
      id="responseHeaders"
      label={labels.responseHeaders}
      help="Set on every answer of the origin; a header of the same name from the origin is replaced."
      problems={useFieldProblems("responseHeaders")}
    >
      <div className="grid justify-items-start gap-2">
        {headers.map((header, index) => (
          <HeaderRow
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is nothing but what the form holds at its place.
            key={index}
            index={index}
            header={header}
            onChange={(next) => field.onChange(headers.with(index, next))}
            onRemove={() => remove(index)}
          />
        ))}
        <Button ref={addButton} onClick={add} disabled={headers.length >= most}>
          <Plus aria-hidden className="size-4" />
          Add header
        </Button>
      </div>
    </Field>
  );
}

type HeaderRowProps = { index: number; header: Header; onChange(header: Header): void; onRemove(): void };

function HeaderRow({ index, header, onChange, onRemove }: HeaderRowProps) {
  const { name, value } = header;
  return (
    <div className="grid w-full grid-cols-[minmax(0,1fr)_auto] gap-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,2fr)_auto]">
      <HeaderPart
        index={index}
        part="name"
        placeholder="X-Frame-Options"
        text={name}
        onType={(typed) => onChange({ ...header, name: typed })}
      />
      <div className="max-sm:order-last max-sm:col-span-2">
        <HeaderPart index={index} part="value" placeholder="DENY" text={value} onType={(typed) => onChange({ ...header, value: typed })} />
      </div>
      <Button aria-label={`Remove header ${index + 1}`} onClick={onRemove}>
        <Trash2 aria-hidden className="size-4" />
      </Button>
    </div>
  );
}

type HeaderPartProps = { index: number; part: keyof Header; placeholder: string; text: string; onType(text: string): void };

function HeaderPart({ index, part, placeholder, text, onType }: HeaderPartProps) {
  const path = pathOf(index, part);
  const isInvalid = useFieldProblems(path).some(({ severity }) => severity === "error");
  return (
    <TextInput
      isMono
      id={path}
      aria-label={`${part === "name" ? "Name" : "Value"} of header ${index + 1}`}
      aria-invalid={isInvalid || undefined}
      aria-describedby={isInvalid ? "responseHeaders-problems" : undefined}
      placeholder={placeholder}
      value={text}
      onChange={(event) => onType(event.target.value)}
    />
  );
}

/** A part's place among problems, and its id on the page. */
function pathOf(index: number, part: keyof Header): string {
  return `responseHeaders.${index}.${part}`;
}
