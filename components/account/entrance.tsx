import type { ReactNode } from "react";
import { Logo } from "#components/shell/logo.tsx";

/** The frame of the pages before the sign-in: one card in the middle. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="grid min-h-dvh content-start justify-items-center px-4 py-12 sm:py-24">
      <div className="grid w-full max-w-96 gap-4">
        <p className="flex items-center gap-2 text-section font-semibold tracking-tight">
          <Logo className="size-5 shrink-0" />
          Tessera
        </p>
        <div className="card grid gap-4 px-4 py-5 sm:px-6 sm:py-6">
          <h1 className="text-page font-semibold tracking-tight">{title}</h1>
          {children}
        </div>
      </div>
    </main>
  );
}
