"use client";

import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";

/** Where somebody wanted to go while changes were unsaved, and what to do about it. */
export type LeaveGuard = { isAsking: boolean; stay: () => void; leave: () => void };

/**
 * Asks before unsaved changes are left: closing and reloading through the browser's own question, links and the
 * back button through ours. `isDirty` false takes the guard away.
 */
export function useLeaveGuard(isDirty: boolean): LeaveGuard {
  const router = useRouter();
  const [destination, setDestination] = useState<(() => void) | null>(null);

  useEffect(() => {
    if (!isDirty) return;
    const ask = (go: () => void) => setDestination(() => go);
    const stop = [guardUnload(), guardLinks((href) => ask(() => router.push(href))), guardHistory(ask)];
    return () => {
      for (const end of stop) end();
    };
  }, [isDirty, router]);

  return {
    isAsking: destination !== null,
    stay: () => setDestination(null),
    leave: () => {
      setDestination(null);
      destination?.();
    },
  };
}

function guardUnload(): () => void {
  return listen(window, "beforeunload", (event) => event.preventDefault());
}

function guardLinks(ask: (href: string) => void): () => void {
  return listen(document, "click", (event) => {
    if (!(event instanceof MouseEvent) || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.target === "_blank" || link.hasAttribute("download")) return;
    const isElsewhere = link.origin === location.origin && link.pathname !== location.pathname;
    if (!isElsewhere) return;
    event.preventDefault();
    event.stopPropagation();
    ask(link.pathname + link.search + link.hash);
  });
}

// Browsers without the Navigation API go back unasked: the beforeunload question is all they have.
function guardHistory(ask: (go: () => void) => void): () => void {
  if (!("navigation" in window)) return () => {};
  const { navigation } = window;
  let isAllowed = false;
  return listen(navigation, "navigate", (event) => {
    if (!isTraversal(event) || isAllowed || !event.cancelable) return;
    event.preventDefault();
    ask(() => {
      isAllowed = true;
      navigation.traverseTo(event.destination.key);
    });
  });
}

function isTraversal(event: Event): event is NavigateEvent {
  return "navigationType" in event && event.navigationType === "traverse";
}

function listen(target: EventTarget, type: string, listener: (event: Event) => void): () => void {
  target.addEventListener(type, listener, { capture: true });
  return () => target.removeEventListener(type, listener, { capture: true });
}
