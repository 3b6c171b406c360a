import { join } from "node:path";
import type { Product } from "#e2e/product.ts";
import type { TenantRole } from "#lib/account/role.ts";
import { newSite, type Site } from "#lib/site/schema.ts";
import { hashPassword } from "#lib/store/authenticator.ts";
import { type ConsoleStore, newSiteId, openConsoleStore } from "#lib/store/store.ts";

export const password = "another horse, another battery";

/** People, tenants and sites put into a product's store directly, for tests that are not about how they got there. */
export type Population = {
  store: ConsoleStore;
  tenantId(name: string): Promise<string>;
  addTenant(name: string): Promise<string>;
  addPerson(email: string, places: readonly (readonly [tenantId: string, role: TenantRole])[]): Promise<string>;
  addSite(tenantId: string, hostName: string, content?: Partial<Site>): Promise<string>;
};

export async function populate(product: Product): Promise<Population> {
  const store = openConsoleStore(product.dataDir);
  const by = { author: "test", address: null, now: new Date() };
  const passwordHash = await hashPassword(password);
  return {
    store,
    tenantId: async (name) => (await store.tenants.byName(name))?.id ?? "",
    async addTenant(name) {
      return accepted(await store.tenants.add(name, by)).id;
    },
    async addPerson(email, places) {
      let userId: string | undefined;
      for (const [tenantId, role] of places) {
        const { token } = accepted(await store.accounts.invitations.add({ tenantId, email, role }, by));
        const answering = userId === undefined ? { passwordHash } : { userId };
        ({ userId } = accepted(await store.accounts.invitations.accept(token, answering, by)));
      }
      return userId ?? "";
    },
    async addSite(tenantId, hostName, content = {}) {
      const site = { ...newSite, hostName, origin: "127.0.0.1", ...content };
      return accepted(await store.sites.save({ tenantId, siteId: newSiteId(), basedOn: null, site, keys: [], ...by })).siteId;
    },
  };
}

/** The file of a product's console database. */
export const databaseOf = (product: Product): string => join(product.dataDir, "console.db");

function accepted<T>(result: { ok: true; value: T } | { ok: false; problems: unknown }): T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.problems)}`);
  return result.value;
}
