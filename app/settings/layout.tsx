import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { signOutAction } from "#app/login/actions.ts";
import { createTenantAction, switchTenantAction } from "#app/settings/tenants/actions.ts";
import { Shell } from "#components/shell/shell.tsx";
import { readTheme, themeCookie } from "#components/shell/theme.ts";
import { signedIn } from "#lib/console/access.ts";
import { openPage } from "#lib/console/page.ts";
import { loadShell } from "#lib/console/tenants.ts";

export default async function SettingsLayout({ children }: { children: ReactNode }) {
  const [view, jar] = await Promise.all([openPage(signedIn, null).then(loadShell), cookies()]);
  const actions = { switchTenant: switchTenantAction, createTenant: createTenantAction, signOut: signOutAction };
  return (
    <Shell view={view} actions={actions} theme={readTheme(jar.get(themeCookie)?.value)}>
      {children}
    </Shell>
  );
}
