"use client";

import { useRouter } from "next/navigation";
import type { ComponentProps, MouseEvent } from "react";

/** `scroll` false stays where the page is scrolled to. */
type LinkProps = ComponentProps<"a"> & { href: string; scroll?: boolean };

/**
 * A link to another page of the console. Next's own is made to ask for pages ahead of a press, twice for every link in sight,
 * and would learn nothing that it can show: all pages are made when they are asked for.
 */
export function Link({ href, scroll, onClick, ...props }: LinkProps) {
  const router = useRouter();
  function follow(event: MouseEvent<HTMLAnchorElement>) {
    onClick?.(event);
    if (event.defaultPrevented || isForBrowser(event)) return;
    event.preventDefault();
    router.push(href, { scroll });
  }
  return <a {...props} href={href} onClick={follow} />;
}

/** New tabs, windows and downloads are the browser's. */
function isForBrowser({ button, metaKey, ctrlKey, shiftKey, altKey, currentTarget }: MouseEvent<HTMLAnchorElement>): boolean {
  const { target } = currentTarget;
  return (
    button !== 0 ||
    metaKey ||
    ctrlKey ||
    shiftKey ||
    altKey ||
    (target !== "" && target !== "_self") ||
    currentTarget.hasAttribute("download")
  );
}
