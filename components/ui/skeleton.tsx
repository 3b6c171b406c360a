import { classes } from "#components/ui/classes.ts";

/** The shape of what is being loaded; size and place come from the class names. */
export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={classes("block animate-pulse rounded-control bg-line motion-reduce:animate-none", className)} />;
}
