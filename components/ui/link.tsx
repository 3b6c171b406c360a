import NextLink from "next/link";
import type { ComponentProps } from "react";

/**
 * A link to another page of the console. Next would ask the server twice for every link in sight, and learn nothing that it
 * can show: all pages are made when they are asked for.
 */
export function Link(props: ComponentProps<typeof NextLink>) {
  return <NextLink prefetch={false} {...props} />;
}
