import { classes } from "#components/ui/classes.ts";

/** How much a button asks for attention; a page has one primary at most. */
export type ButtonVariant = "primary" | "secondary" | "quiet" | "danger";

/** The classes of a button, shared with links that look like one. */
export function buttonLook(variant: ButtonVariant, className?: string): string {
  return classes(
    "inline-flex min-h-8 items-center justify-center gap-2 rounded-control border px-3 py-1 text-body font-medium whitespace-nowrap transition-colors",
    "pointer-coarse:min-h-10 disabled:cursor-not-allowed aria-disabled:cursor-not-allowed",
    "disabled:border-line disabled:bg-sunken disabled:text-quiet",
    variants[variant],
    className,
  );
}

const variants: Record<ButtonVariant, string> = {
  primary: "border-transparent bg-accent text-on-accent enabled:hover:bg-accent-strong [a&]:hover:bg-accent-strong",
  secondary: "border-control bg-surface text-ink enabled:hover:bg-hover [a&]:hover:bg-hover",
  quiet: "border-transparent bg-transparent text-ink enabled:hover:bg-hover [a&]:hover:bg-hover",
  danger: "border-danger bg-surface text-danger enabled:hover:bg-danger-soft [a&]:hover:bg-danger-soft",
};
