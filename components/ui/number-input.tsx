"use client";

import type { ComponentProps, ReactNode } from "react";
import { classes } from "#components/ui/classes.ts";
import { useControl } from "#components/ui/field-context.ts";

/** A whole number with its unit behind it. */
export function NumberInput({ unit, className, ...props }: ComponentProps<"input"> & { unit?: ReactNode }) {
  const control = useControl(props);
  return (
    <span className="inline-flex items-center gap-2">
      <input
        type="number"
        inputMode="numeric"
        // A page that scrolls under the pointer must not change a focused number.
        onWheel={(event) => event.currentTarget.blur()}
        {...props}
        {...control}
        className={classes("control h-8 w-32 px-2.5 tabular-nums pointer-coarse:h-10", className)}
      />
      {unit && <span className="text-quiet">{unit}</span>}
    </span>
  );
}
