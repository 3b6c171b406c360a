"use client";

import { Menu, X } from "lucide-react";
import { usePathname } from "next/navigation";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Logo } from "#components/shell/logo.tsx";
import { Navigation } from "#components/shell/navigation.tsx";
import type { ShellActions } from "#components/shell/shell-actions.ts";
import { SignedInAs } from "#components/shell/signed-in-as.tsx";
import { TenantMenu } from "#components/shell/tenant-menu.tsx";
import type { Theme } from "#components/shell/theme.ts";
import { ThemeSwitch } from "#components/shell/theme-switch.tsx";
import { LiveButton } from "#components/ui/live-button.tsx";
import type { ShellView } from "#lib/console/tenants.ts";

/** Product, tenant and navigation: a column beside the page, below 768 px behind the button Menu. */
export function Sidebar({ view, actions, theme }: { view: ShellView; actions: ShellActions; theme: Theme }) {
  const pathname = usePathname();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: arriving at another page closes the menu.
  useEffect(() => setOpen(false), [pathname]);

  function closeOnEscape(event: KeyboardEvent) {
    if (event.key !== "Escape" || !isOpen) return;
    setOpen(false);
    button.current?.focus();
  }

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes the menu from anywhere in it.
    <header
      onKeyDown={closeOnEscape}
      className="flex flex-col border-b border-line bg-surface md:sticky md:top-0 md:h-dvh md:border-r md:border-b-0"
    >
      <div className="flex min-h-14 items-center gap-2 px-4">
        <Logo className="size-4.5 shrink-0" />
        <span className="text-section font-semibold tracking-tight">Tessera</span>
        <LiveButton
          ref={button}
          aria-expanded={isOpen}
          aria-controls="menu"
          onClick={() => setOpen(!isOpen)}
          className="ml-auto flex min-h-10 items-center gap-2 rounded-control border border-control px-3 font-medium md:hidden"
        >
          {isOpen ? <X aria-hidden className="size-4" /> : <Menu aria-hidden className="size-4" />}
          Menu
        </LiveButton>
      </div>
      <div id="menu" className={`flex-1 flex-col gap-4 px-2 pb-4 md:flex ${isOpen ? "flex" : "hidden"}`}>
        <TenantMenu view={view} actions={actions} />
        <Navigation pathname={pathname} />
        <div className="mt-auto grid gap-3 px-2">
          <SignedInAs email={view.email} pathname={pathname} signOut={actions.signOut} />
          <ThemeSwitch initial={theme} />
        </div>
      </div>
    </header>
  );
}
