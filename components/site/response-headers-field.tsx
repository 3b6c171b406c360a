"use client";

import { Plus, Trash2 } from "lucide-react";
import { useRef } from "react";
import { useController, useFieldArray } from "react-hook-form";
import { useFieldProblems, useSite } from "#components/site/site-form-context.ts";
import { Button } from "#components/ui/button.tsx";
import { Field } from "#components/ui/field.tsx";
import { TextInput } from "#components/ui/text-input.tsx";
import { labels } from "#lib/site/label.ts";

const most = 50;

/** Custom Response Headers: pairs of name and value, added to every answer of the origin. */
export function ResponseHeadersField() {
  const { fields, append, remove } = useFieldArray({ control: useSite().form.control, name: "responseHeaders" });
  const addButton = useRef<HTMLButtonElement>(null);

  function removeRow(index: number) {
    remove(index);
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
        {fields.map((field, index) => (
          <HeaderRow key={field.id} index={index} onRemove={() => removeRow(index)} />
        ))}
        <Button ref={addButton} onClick={() => append({ name: "", value: "" })} disabled={fields.length >= most}>
          <Plus aria-hidden className="size-4" />
          Add header
        </Button>
      </div>
    </Field>
  );
}

function HeaderRow({ index, onRemove }: { index: number; onRemove: () => void }) {
  return (
    <div className="grid w-full grid-cols-[minmax(0,1fr)_auto] gap-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,2fr)_auto]">
      <HeaderPart index={index} part="name" placeholder="X-Frame-Options" />
      <div className="max-sm:order-last max-sm:col-span-2">
        <HeaderPart index={index} part="value" placeholder="DENY" />
      </div>
      <Button aria-label={`Remove header ${index + 1}`} onClick={onRemove}>
        <Trash2 aria-hidden className="size-4" />
      </Button>
    </div>
  );
}

function HeaderPart({ index, part, placeholder }: { index: number; part: "name" | "value"; placeholder: string }) {
  const path = `responseHeaders.${index}.${part}` as const;
  const { field } = useController({ control: useSite().form.control, name: path });
  const isInvalid = useFieldProblems(path).some(({ severity }) => severity === "error");
  return (
    <TextInput
      isMono
      ref={field.ref}
      id={path}
      aria-label={`${part === "name" ? "Name" : "Value"} of header ${index + 1}`}
      aria-invalid={isInvalid || undefined}
      aria-describedby={isInvalid ? "responseHeaders-problems" : undefined}
      placeholder={placeholder}
      value={field.value}
      onChange={field.onChange}
    />
  );
}
