"use client";

import type { ComponentProps } from "react";
import { classes } from "#components/ui/classes.ts";
import { useControl } from "#components/ui/field-context.ts";

/** One line of text; inside a field it takes the field's id, description and state. */
export function TextInput({ isMono = false, className, ...props }: ComponentProps<"input"> & { isMono?: boolean }) {
  const control = useControl(props);
  return (
    <input
      type="text"
      autoComplete="off"
      spellCheck={false}
      {...props}
      {...control}
      className={classes("control h-8 w-full px-2.5 pointer-coarse:h-10", isMono && "font-mono", className)}
    />
  );
}
