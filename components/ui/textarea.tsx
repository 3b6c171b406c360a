"use client";

import type { ComponentProps } from "react";
import { classes } from "#components/ui/classes.ts";
import { useControl } from "#components/ui/field-context.ts";

/** Several lines of text; `isMono` for what machines read, where lines must not wrap. */
export function Textarea({ isMono = false, className, ...props }: ComponentProps<"textarea"> & { isMono?: boolean }) {
  const control = useControl(props);
  return (
    <textarea
      rows={6}
      autoComplete="off"
      autoCapitalize="off"
      spellCheck={!isMono}
      wrap={isMono ? "off" : "soft"}
      {...props}
      {...control}
      className={classes("control block w-full resize-y px-2.5 py-1.5", isMono && "font-mono text-mono", className)}
    />
  );
}
