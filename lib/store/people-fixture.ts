import type { TenantRole } from "#lib/account/role.ts";
import type { Authorship } from "#lib/store/audit.ts";
import { accepted, storeFixture } from "#lib/store/store-fixture.ts";

/** For tests: two tenants, Default and Beta, a first admin, and a short way to let others in. */
export async function peopleFixture() {
  const stores = await storeFixture();
  const { store, now } = stores;
  const by: Authorship = { author: "root@tessera.test", address: "192.0.2.1", now };
  const { userId: rootId } = accepted(await store.accounts.setup.addFirstAdmin({ email: by.author, passwordHash: "hash" }, by));
  const beta = accepted(await store.tenants.add("Beta", by));

  /** Somebody new, invited to the first tenant named and then to the others as the owner of the account. */
  async function join(email: string, places: readonly (readonly [tenantId: string, role: TenantRole])[], passwordHash = "hash") {
    let userId: string | undefined;
    for (const [tenantId, role] of places) {
      const { token } = accepted(await store.accounts.invitations.add({ tenantId, email, role }, by));
      const answering = userId === undefined ? { passwordHash } : { userId };
      ({ userId } = accepted(await store.accounts.invitations.accept(token, answering, by)));
    }
    return userId ?? "";
  }

  /** The audit log's newest actions, the newest last, with what they were about. */
  async function audited(tenantId = stores.tenantId) {
    const rows = await store.audit.list({ tenantId, hasGlobal: true, limit: 100 });
    return rows.reverse().map(({ action, subject, actor }) => ({ action, subject, actor }));
  }

  return { ...stores, by, rootId, betaId: beta.id, join, audited };
}
