import type { ReactNode } from "react";
import type { ShellActions } from "#components/shell/shell-actions.ts";
import { ShownTenantProvider } from "#components/shell/shown-tenant.tsx";
import { Sidebar } from "#components/shell/sidebar.tsx";
import type { Theme } from "#components/shell/theme.ts";
import type { ShellView } from "#lib/console/tenants.ts";

type ShellProps = { view: ShellView; actions: ShellActions; theme: Theme; children: ReactNode };

/** The frame of every page: skip link, sidebar, content. */
export function Shell({ view, actions, theme, children }: ShellProps) {
  return (
    <ShownTenantProvider>
      <div className="min-h-dvh md:grid md:grid-cols-[13.5rem_minmax(0,1fr)]">
        <a
          href="#content"
          className="absolute top-2 left-2 z-50 -translate-y-20 rounded-control border border-control bg-raised px-3 py-2 font-medium focus:translate-y-0"
        >
          Skip to content
        </a>
        <Sidebar view={view} actions={actions} theme={theme} />
        <main id="content" tabIndex={-1} className="min-w-0 px-4 py-5 outline-none md:px-5 md:py-7 lg:px-8">
          {children}
        </main>
      </div>
    </ShownTenantProvider>
  );
}
