import { headers } from "next/headers";
import { AppError } from "#lib/app-error.ts";
import { consoleStore } from "#lib/console/store.ts";
import { mtlsFeature } from "#lib/site/feature.ts";
import type { Recipient } from "#lib/store/seal.ts";
import type { ConsoleStore } from "#lib/store/store.ts";

/** For whom, by whom and when something is read or written. */
export type ConsoleContext = {
  store: ConsoleStore;
  tenant: { id: string; name: string };
  hasMtlsFeature: boolean;
  author: string;
  /** The address of the socket that the request came on; null where there is none. */
  address: string | null;
  now: Date;
  /** Whom private keys are sealed for; null before the launcher made a keyring. The half that opens is the sensor's alone. */
  recipient: Recipient | null;
};

/** What a change of a site needs to know; the administrator's command line has no more. */
export type SiteContext = Pick<ConsoleContext, "store" | "tenant" | "hasMtlsFeature" | "author" | "address" | "now">;

/** Until there are accounts, whoever reaches the loopback console is the administrator of the first tenant. */
export async function openContext(): Promise<ConsoleContext> {
  const store = consoleStore();
  const tenant = await store.tenants.byName("Default");
  if (!tenant) throw new AppError("tenant.missing", "The tenant Default is missing from the database; the next start makes it.");
  const hasMtlsFeature = await store.features.isOn(tenant.id, mtlsFeature);
  return {
    store,
    tenant,
    hasMtlsFeature,
    author: "administrator",
    address: await readAddress(),
    now: new Date(),
    recipient: await store.keyring.recipient(),
  };
}

/** The front door put the socket's own address there and dropped whatever the client claimed. */
async function readAddress(): Promise<string | null> {
  return (await headers()).get("x-forwarded-for");
}
