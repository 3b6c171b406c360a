"use client";

import { ChevronDown } from "lucide-react";
import type { ComponentProps } from "react";
import { classes } from "#components/ui/classes.ts";
import { useControl } from "#components/ui/field-context.ts";

/** The browser's own select: every keyboard and screen reader knows it. */
export function Select({ className, ...props }: ComponentProps<"select">) {
  const control = useControl(props);
  return (
    <span className={classes("relative inline-block w-fit max-w-full", className)}>
      <select {...props} {...control} className="control h-8 w-full appearance-none pr-8 pl-2.5 pointer-coarse:h-10" />
      <ChevronDown aria-hidden className="pointer-events-none absolute top-1/2 right-2.5 size-4 -translate-y-1/2 text-quiet" />
    </span>
  );
}
