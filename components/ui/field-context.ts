"use client";

import { createContext, use } from "react";

/** What a field hands to the control inside it. */
export type FieldWiring = {
  id: string;
  labelId: string;
  describedBy: string;
  isInvalid: boolean;
  isDisabled: boolean;
};

export const FieldContext = createContext<FieldWiring | null>(null);

type ControlProps = { id?: string; disabled?: boolean; "aria-describedby"?: string; "aria-invalid"?: unknown };

/** The attributes that tie a control to the field around it; what the control was given itself stands. */
export function useControl(own: ControlProps) {
  const field = use(FieldContext);
  return {
    id: own.id ?? field?.id,
    disabled: own.disabled || field?.isDisabled || undefined,
    "aria-describedby": [own["aria-describedby"], field?.describedBy].filter(Boolean).join(" ") || undefined,
    "aria-invalid": (own["aria-invalid"] ?? field?.isInvalid) ? (true as const) : undefined,
  };
}
