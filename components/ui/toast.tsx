"use client";

import { X } from "lucide-react";
import { createContext, type ReactNode, use, useCallback, useEffect, useRef, useState } from "react";
import { type Meaning, MeaningIcon, meaningText } from "#components/ui/meaning.tsx";

/** News that needs no answer; it leaves by itself, and stays while somebody is at it. */
export type Notice = { title: string; description?: string; meaning?: Meaning };

const lingerMs = 6_000;
const mostShown = 3;

const Show = createContext<((notice: Notice) => void) | null>(null);

type Shown = Notice & { id: number };

/** Room for toasts over every page. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<readonly Shown[]>([]);
  const [isHeld, setHeld] = useState(false);
  const count = useRef(0);
  const region = useRef<HTMLElement>(null);
  const show = useCallback((notice: Notice) => {
    count.current += 1;
    const shown = { ...notice, id: count.current };
    setNotices((before) => [...before, shown].slice(-mostShown));
  }, []);
  const dismiss = useCallback((id: number) => setNotices((before) => before.filter((notice) => notice.id !== id)), []);
  useEffect(() => followKey(() => region.current?.querySelector("button")?.focus()), []);

  return (
    <Show value={show}>
      {children}
      {/* There from first paint: what is put into a region later is spoken. */}
      <section
        ref={region}
        aria-label="Notifications"
        aria-live="polite"
        aria-relevant="additions"
        onPointerEnter={() => setHeld(true)}
        onPointerLeave={() => setHeld(false)}
        onFocus={() => setHeld(true)}
        onBlur={() => setHeld(false)}
        className="fixed right-4 bottom-20 z-50 flex w-[calc(100vw-2rem)] flex-col gap-2 sm:w-80"
      >
        {notices.map((notice) => (
          <Toast key={notice.id} notice={notice} isHeld={isHeld} onDismiss={dismiss} />
        ))}
      </section>
    </Show>
  );
}

/** Shows a toast. */
export function useToast(): (notice: Notice) => void {
  const show = use(Show);
  if (show === null) throw new Error("There is no room for toasts here.");
  return show;
}

function Toast({ notice, isHeld, onDismiss }: { notice: Shown; isHeld: boolean; onDismiss(id: number): void }) {
  const { id, title, description, meaning = "good" } = notice;
  useEffect(() => {
    if (isHeld) return;
    const timer = setTimeout(() => onDismiss(id), lingerMs);
    return () => clearTimeout(timer);
  }, [id, isHeld, onDismiss]);
  return (
    <div
      role={meaning === "danger" ? "alert" : undefined}
      className="flex items-start gap-2 rounded-card border border-line bg-raised p-3 shadow-overlay transition-opacity duration-100 starting:opacity-0"
    >
      <MeaningIcon meaning={meaning} className={`mt-0.5 size-4 shrink-0 ${meaningText[meaning]}`} />
      <div className="grid min-w-0 flex-1 gap-0.5">
        <p className="font-medium wrap-anywhere">{title}</p>
        {description && <p className="text-quiet wrap-anywhere">{description}</p>}
      </div>
      <button
        type="button"
        aria-label="Dismiss"
        onClick={() => onDismiss(id)}
        className="-m-1 grid size-7 shrink-0 place-items-center rounded-control hover:bg-hover"
      >
        <X aria-hidden className="size-4" />
      </button>
    </div>
  );
}

/** F6 goes to the newest news, which somebody with a keyboard could not reach in time. */
function followKey(reach: () => void): () => void {
  const listen = ({ key }: KeyboardEvent) => key === "F6" && reach();
  document.addEventListener("keydown", listen);
  return () => document.removeEventListener("keydown", listen);
}
