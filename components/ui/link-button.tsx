import type { ComponentProps } from "react";
import { type ButtonVariant, buttonLook } from "#components/ui/button-look.ts";
import { Link } from "#components/ui/link.tsx";

/** A link that looks like a button: it leads somewhere and changes nothing. */
export function LinkButton({ variant = "secondary", className, ...props }: ComponentProps<typeof Link> & { variant?: ButtonVariant }) {
  return <Link {...props} className={buttonLook(variant, className)} />;
}
