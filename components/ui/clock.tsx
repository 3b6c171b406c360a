"use client";

import { createContext, type ReactNode, use, useSyncExternalStore } from "react";

const FirstPaint = createContext<number | null>(null);

/** Gives first paint the server's time, so that what the server wrote and what the browser hydrates agree. */
export function Clock({ now, children }: { now: number; children: ReactNode }) {
  return <FirstPaint value={now}>{children}</FirstPaint>;
}

/** The present in milliseconds, moving in steps of a second. */
export function useNow(): number {
  return useMoment((nowMs) => nowMs);
}

/** What follows from the present; whoever asks is rendered again only when the answer changes, not with every second. */
export function useMoment<Answer extends string | number | boolean>(answer: (nowMs: number) => Answer): Answer {
  const firstPaint = use(FirstPaint) ?? 0;
  return useSyncExternalStore(
    subscribe,
    () => answer(read()),
    () => answer(firstPaint),
  );
}

const listeners = new Set<() => void>();
let now = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function read(): number {
  if (now === 0) now = Date.now();
  return now;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
    now = 0;
  };
}

function tick() {
  now = Date.now();
  for (const listener of listeners) listener();
}
