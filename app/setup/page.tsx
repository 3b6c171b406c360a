import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { setUpAction } from "#app/setup/actions.ts";
import { Entrance } from "#components/account/entrance.tsx";
import { SetUpForm } from "#components/account/set-up-form.tsx";
import { openCall } from "#lib/console/context.ts";

export const metadata: Metadata = { title: "Set up" };

export default async function SetupPage() {
  const { store } = await openCall();
  if (await store.accounts.hasAny()) notFound();
  return (
    <Entrance title="Set up Tessera">
      <SetUpForm setUp={setUpAction} />
    </Entrance>
  );
}
