import type { ReactNode } from "react";

/** An empty place that teaches the next step. */
export function EmptyState({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="card grid justify-items-center gap-2 px-6 py-12 text-center">
      <h2 className="text-section font-semibold">{title}</h2>
      {children && <div className="grid max-w-[52ch] gap-2 text-quiet">{children}</div>}
      {action && <div className="mt-2">{action}</div>}
    </div>
  );
}
