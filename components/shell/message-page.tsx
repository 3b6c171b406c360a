import type { ReactNode } from "react";

/** A page that only says something, and what to do next. */
export function MessagePage({ title, action, children }: { title: string; action: ReactNode; children: ReactNode }) {
  return (
    <div className="mx-auto grid max-w-[60ch] justify-items-start gap-3 px-4 py-16">
      <h1 className="text-page font-semibold tracking-tight">{title}</h1>
      <div className="grid gap-2 text-quiet">{children}</div>
      <div className="mt-2">{action}</div>
    </div>
  );
}
