"use client";

import { Menu } from "@base-ui/react/menu";
import { useMutation } from "@tanstack/react-query";
import { Check, ChevronsUpDown, Plus } from "lucide-react";
import { useRef, useState } from "react";
import { NewTenantDialog } from "#components/shell/new-tenant-dialog.tsx";
import type { ShellActions } from "#components/shell/shell-actions.ts";
import { useShownTenant } from "#components/shell/shown-tenant.tsx";
import { useToast } from "#components/ui/toast.tsx";
import { useIsHydrated } from "#components/ui/use-is-hydrated.ts";
import type { ShellView } from "#lib/console/tenants.ts";

/** The tenant that is shown; whoever has several chooses one here, and a Channel Admin makes new ones. */
export function TenantMenu({ view, actions }: { view: ShellView; actions: ShellActions }) {
  const shown = useShownTenant() ?? view.tenant;
  const name = shown?.name ?? "No tenant";
  if (view.tenants.length < 2 && !view.isChannelAdmin) {
    return (
      <p className="mx-2 truncate border-b border-line pb-3" title={name}>
        <span className="block text-small text-quiet">Tenant</span>
        {name}
      </p>
    );
  }
  return <Choice view={view} actions={actions} shownId={shown?.id ?? null} name={name} />;
}

type ChoiceProps = { view: ShellView; actions: ShellActions; shownId: string | null; name: string };

function Choice({ view, actions, shownId, name }: ChoiceProps) {
  const toast = useToast();
  const isReady = useIsHydrated();
  const frame = useRef<HTMLDivElement>(null);
  const [isCreating, setCreating] = useState(false);
  const switching = useMutation({
    mutationFn: (tenantId: string) => actions.switchTenant({ tenantId }),
    onSuccess: (result) =>
      result.ok ? showSites() : toast({ meaning: "danger", title: result.problems[0]?.message ?? "The tenant was not changed." }),
    onError: () => toast({ meaning: "danger", title: "The console did not answer: the tenant was not changed." }),
  });
  return (
    <div ref={frame} className="border-b border-line pb-3">
      <Menu.Root>
        {/* A key pressed before the page is alive would be lost. */}
        <Menu.Trigger
          disabled={!isReady}
          className="flex w-full min-w-0 items-center gap-2 rounded-control px-2 py-1 text-left hover:bg-hover"
          title={name}
        >
          <span className="min-w-0 flex-1">
            <span className="block text-small text-quiet">Tenant</span>
            <span className="block truncate">{name}</span>
          </span>
          <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-quiet" />
        </Menu.Trigger>
        {/* Kept in the sidebar, so that the menu is part of a landmark. */}
        <Menu.Portal container={frame}>
          <Menu.Positioner sideOffset={4} align="start" className="z-50">
            <Menu.Popup className="max-h-80 min-w-52 max-w-80 overflow-y-auto rounded-card border border-line bg-raised p-1 shadow-overlay outline-none">
              <Menu.RadioGroup value={shownId} onValueChange={(tenantId: string) => switching.mutate(tenantId)}>
                {view.tenants.map((tenant) => (
                  <Menu.RadioItem key={tenant.id} value={tenant.id} closeOnClick className={itemLook}>
                    <span className="grid size-4 shrink-0 place-items-center">
                      <Menu.RadioItemIndicator>
                        <Check aria-hidden className="size-4" />
                      </Menu.RadioItemIndicator>
                    </span>
                    <span className="min-w-0 wrap-anywhere">{tenant.name}</span>
                  </Menu.RadioItem>
                ))}
              </Menu.RadioGroup>
              {view.isChannelAdmin && (
                <>
                  <Menu.Separator className="my-1 border-t border-line" />
                  <Menu.Item onClick={() => setCreating(true)} className={itemLook}>
                    <Plus aria-hidden className="size-4 shrink-0" />
                    New tenant
                  </Menu.Item>
                </>
              )}
            </Menu.Popup>
          </Menu.Positioner>
        </Menu.Portal>
      </Menu.Root>
      {isCreating && <NewTenantDialog createTenant={actions.createTenant} onClose={() => setCreating(false)} />}
    </div>
  );
}

const itemLook = "flex min-h-8 cursor-pointer items-center gap-2 rounded-control px-2 outline-none select-none data-highlighted:bg-hover";

/** A whole new page load: nothing of the other tenant stays on the page, and unsaved changes are asked about. */
function showSites(): void {
  location.assign("/settings/sites");
}
