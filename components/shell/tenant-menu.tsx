"use client";

import { useMutation } from "@tanstack/react-query";
import { Check, ChevronsUpDown, Plus } from "lucide-react";
import { useState } from "react";
import type { ShellActions } from "#components/shell/shell-actions.ts";
import { useShownTenant } from "#components/shell/shown-tenant.tsx";
import { lateDialog } from "#components/ui/late-dialog.tsx";
import { Menu } from "#components/ui/menu.tsx";
import { useToast } from "#components/ui/toast.tsx";
import type { ShellView } from "#lib/console/tenants.ts";

const NewTenantDialog = lateDialog(async () => (await import("#components/shell/new-tenant-dialog.tsx")).NewTenantDialog);

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
  const [isCreating, setCreating] = useState(false);
  const switching = useMutation({
    mutationFn: (tenantId: string) => actions.switchTenant({ tenantId }),
    onSuccess: (result) =>
      result.ok ? showSites() : toast({ meaning: "danger", title: result.problems[0]?.message ?? "The tenant was not changed." }),
    onError: () => toast({ meaning: "danger", title: "The console did not answer: the tenant was not changed." }),
  });
  const tenants = view.tenants.map(({ id, name: label }) => ({
    key: id,
    label,
    isChecked: id === shownId,
    icon: id === shownId && <Check aria-hidden className="size-4" />,
    onSelect: () => switching.mutate(id),
  }));
  const newTenant = { key: "new", label: "New tenant", icon: <Plus aria-hidden className="size-4" />, onSelect: () => setCreating(true) };
  return (
    <div className="border-b border-line pb-3">
      <Menu
        title={name}
        groups={view.isChannelAdmin ? [tenants, [newTenant]] : [tenants]}
        className="flex w-full min-w-0 items-center gap-2 rounded-control px-2 py-1 text-left hover:bg-hover"
      >
        <span className="min-w-0 flex-1">
          <span className="block text-small text-quiet">Tenant</span>
          <span className="block truncate">{name}</span>
        </span>
        <ChevronsUpDown aria-hidden className="size-4 shrink-0 text-quiet" />
      </Menu>
      {isCreating && <NewTenantDialog createTenant={actions.createTenant} onClose={() => setCreating(false)} />}
    </div>
  );
}

/** A whole new page load: nothing of the other tenant stays on the page, and unsaved changes are asked about. */
function showSites(): void {
  location.assign("/settings/sites");
}
