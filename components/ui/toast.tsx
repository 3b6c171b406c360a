"use client";

import { Toast } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { type Meaning, MeaningIcon, meaningText } from "#components/ui/meaning.tsx";

/** News that needs no answer; it leaves by itself, and stays while somebody is at it. */
export type Notice = { title: string; description?: string; meaning?: Meaning };

/** Room for toasts over every page. */
export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider timeout={6_000}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-20 z-50 flex w-[calc(100vw-2rem)] flex-col gap-2 sm:w-80">
          <ToastList />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}

/** Shows a toast. */
export function useToast(): (notice: Notice) => void {
  const { add } = Toast.useToastManager();
  return ({ title, description, meaning = "good" }) => {
    add({ title, description, type: meaning, priority: meaning === "danger" ? "high" : "low" });
  };
}

function ToastList() {
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => {
    const meaning = (toast.type ?? "good") as Meaning;
    return (
      <Toast.Root
        key={toast.id}
        toast={toast}
        className="rounded-card border border-line bg-raised shadow-overlay transition-opacity duration-100 data-ending-style:opacity-0 data-limited:hidden data-starting-style:opacity-0"
      >
        <Toast.Content className="flex items-start gap-2 p-3">
          <MeaningIcon meaning={meaning} className={`mt-0.5 size-4 shrink-0 ${meaningText[meaning]}`} />
          <div className="grid min-w-0 flex-1 gap-0.5">
            <Toast.Title className="font-medium wrap-anywhere" />
            <Toast.Description className="text-quiet wrap-anywhere" />
          </div>
          <Toast.Close aria-label="Dismiss" className="-m-1 grid size-7 shrink-0 place-items-center rounded-control hover:bg-hover">
            <X aria-hidden className="size-4" />
          </Toast.Close>
        </Toast.Content>
      </Toast.Root>
    );
  });
}
