"use client";

import type { ComponentProps } from "react";
import { useIsHydrated } from "#components/ui/use-is-hydrated.ts";

/** A bare button that waits for the page to come alive: a click before that would be lost without a word. */
export function LiveButton({ disabled = false, onClick, ...props }: ComponentProps<"button">) {
  const isAlive = useIsHydrated();
  return <button type="button" {...props} onClick={onClick} disabled={disabled || (onClick !== undefined && !isAlive)} />;
}
