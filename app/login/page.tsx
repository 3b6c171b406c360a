import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { enterCodeAction, signInAction } from "#app/login/actions.ts";
import { Entrance } from "#components/account/entrance.tsx";
import { SignInForm } from "#components/account/sign-in-form.tsx";
import { openPerson } from "#lib/console/context.ts";
import { localPath } from "#lib/console/sign-in-path.ts";

export const metadata: Metadata = { title: "Sign in" };

export default async function LoginPage({ searchParams }: { searchParams: Promise<{ next?: unknown }> }) {
  const next = localPath((await searchParams).next) ?? "/settings/sites";
  if ((await openPerson()).ok) redirect(next);
  return (
    <Entrance title="Sign in">
      <SignInForm next={next} actions={{ signIn: signInAction, enterCode: enterCodeAction }} />
    </Entrance>
  );
}
