import { AppError } from "#lib/app-error.ts";
import { consoleStore } from "#lib/console/store.ts";
import { readEnvironment } from "#lib/env.ts";
import { mtlsFeature } from "#lib/site/feature.ts";
import type { ConsoleStore } from "#lib/store/store.ts";

/** For whom, by whom and when something is read or written. */
export type ConsoleContext = {
  store: ConsoleStore;
  tenant: { id: string; name: string };
  hasMtlsFeature: boolean;
  author: string;
  now: Date;
};

/** Until there are accounts, whoever reaches the loopback console is the administrator of the first tenant. */
export async function openContext(): Promise<ConsoleContext> {
  const store = consoleStore();
  const tenant = await store.tenants.byName("Default");
  if (!tenant) throw new AppError("tenant.missing", "The tenant Default is missing from the database; the next start makes it.");
  const hasMtlsFeature = await store.features.isOn(tenant.id, mtlsFeature);
  return { store, tenant, hasMtlsFeature, author: "administrator", now: new Date() };
}

/** What private keys are sealed to; the half that opens them is the sensor's alone. */
export function sealingKey(): { id: string; publicKey: Buffer } {
  const [id = "", key = ""] = readEnvironment().sealingKey?.split(":") ?? [];
  if (id === "")
    throw new AppError("console.no-sealing-key", "Private keys cannot be stored: the console was started without its launcher.");
  return { id, publicKey: Buffer.from(key, "base64") };
}
