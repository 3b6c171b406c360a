"use client";

import type { ReactNode } from "react";
import { Field } from "#components/ui/field.tsx";
import type { FieldProblem } from "#components/ui/problem-list.tsx";
import { TextInput } from "#components/ui/text-input.tsx";

type FieldProps = {
  value: string;
  onChange(value: string): void;
  problems: readonly FieldProblem[];
  label?: string;
  help?: ReactNode;
};

export function EmailField({ value, onChange, problems, label = "Email", help }: FieldProps) {
  return (
    <Field label={label} help={help} problems={problems}>
      <TextInput type="email" name="email" autoComplete="username" value={value} onChange={(event) => onChange(event.target.value)} />
    </Field>
  );
}

/** `isNew` tells password managers to make one up and keep it. */
export function PasswordField({ value, onChange, problems, label = "Password", help, isNew = false }: FieldProps & { isNew?: boolean }) {
  return (
    <Field label={label} help={help} problems={problems}>
      <TextInput
        type="password"
        name={isNew ? "new-password" : "password"}
        autoComplete={isNew ? "new-password" : "current-password"}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}

export function CodeField({ value, onChange, problems, label = "Code", help }: FieldProps) {
  return (
    <Field label={label} help={help} problems={problems}>
      <TextInput
        isMono
        name="code"
        inputMode="text"
        autoComplete="one-time-code"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}
