"use client";

import { LoaderCircle } from "lucide-react";
import type { ComponentProps, MouseEvent } from "react";
import { type ButtonVariant, buttonLook } from "#components/ui/button-look.ts";
import { LiveButton } from "#components/ui/live-button.tsx";

type ButtonProps = ComponentProps<"button"> & {
  variant?: ButtonVariant;
  /** Work is under way: the button keeps its place, its words and the focus, and does nothing when pressed. */
  isBusy?: boolean;
};

/** A button; it submits nothing unless `type="submit"` says so. */
export function Button({ variant = "secondary", isBusy = false, className, children, onClick, ...props }: ButtonProps) {
  function press(event: MouseEvent<HTMLButtonElement>) {
    if (isBusy) event.preventDefault();
    else onClick?.(event);
  }
  return (
    <LiveButton
      {...props}
      onClick={onClick || isBusy ? press : undefined}
      aria-disabled={isBusy || undefined}
      aria-busy={isBusy || undefined}
      className={buttonLook(variant, className)}
    >
      {isBusy && <LoaderCircle aria-hidden className="size-4 shrink-0 animate-spin motion-reduce:animate-none" />}
      {children}
    </LiveButton>
  );
}
