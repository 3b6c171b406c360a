import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { call } from "#e2e/client.ts";
import { test as base, expect } from "#e2e/fixtures.ts";
import { signIn } from "#e2e/pages/sign-in.ts";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import { admin, type Product, startProduct } from "#e2e/product.ts";

// A product of its own: what is restored here ends everybody's sessions.
const test = base.extend<object, { product: Product }>({
  product: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from this pattern.
    async ({}, use) => {
      const product = await startProduct();
      await use(product);
      await product.remove();
    },
    { scope: "worker", timeout: 180_000 },
  ],
});

test("the keyring is rotated while requests are served, and the key is opened by the new one after a restart", async ({
  product,
  createSite,
}) => {
  const { hostName, ca } = await createSite();
  const port = product.ports.SENSOR_HTTPS_PORT;
  const statuses = new Set<number>();
  let isRotating = true;
  const client = (async () => {
    while (isRotating) statuses.add((await call({ port, hostName, ca })).status);
  })();
  const answer = await product.tessera("secrets", "rotate");
  isRotating = false;
  await client;
  expect(answer).toMatch(/The keyring's key is now [0-9a-f]{16}; \d+ private keys? w/);
  expect([...statuses]).toEqual([200]);
  await product.restart();
  await expect.poll(async () => (await call({ port, hostName, ca })).status).toBe(200);
});

test("save, back up, lose everything but the keyring, restore: mTLS is served again, to the same partners alone", async ({
  page,
  product,
  sitePage,
  createSite,
}) => {
  const { hostName, ca } = await createSite();
  const port = product.ports.SENSOR_HTTPS_PORT;
  const partners = await createAuthority({ commonName: "Partner Root CA" });
  const [partner, stranger] = [await createClient(partners), await createClient(await createAuthority())];
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partners.certificate);
  await sitePage.saveAndServe(2);

  const folder = mkdtempSync(join(tmpdir(), "tessera-backup-"));
  const file = join(folder, "tessera.backup");
  const [key] = JSON.parse(readFileSync(join(product.dataDir, "secrets.key"), "utf8")).keys;
  expect(await product.tessera("backup", file)).toContain(key.id);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await expect(product.tessera("backup", file)).rejects.toThrow(/exists already/);
  await expect(product.tessera("restore", file)).rejects.toThrow(/already runs on the data folder/);

  await sitePage.checkbox("Downstream mTLS").uncheck();
  await sitePage.saveAndServe(3);
  expect((await call({ port, hostName, ca })).status).toBe(200);

  await product.restart(async () => {
    await expect(product.tessera("restore", file)).rejects.toThrow(/holds sensor\.db, .*console\.db.* already/);
    for (const name of readdirSync(product.dataDir).filter((one) => one.includes(".db"))) rmSync(join(product.dataDir, name));
    const [inPlace, elsewhere] = [join(product.dataDir, "secrets.key"), join(folder, "secrets.key")];
    renameSync(inPlace, elsewhere);
    const answer = await product.tessera("restore", file);
    expect(answer).toContain(`sealed for the keyring’s key ${key.id}. Put that keyring at ${inPlace} before npm start.`);
    renameSync(elsewhere, inPlace);
  });
  await expect.poll(async () => (await call({ port, hostName, ca, client: partner })).status).toBe(200);
  expect((await call({ port, hostName, ca })).status).toBe(403);
  expect((await call({ port, hostName, ca, client: stranger })).status).toBe(403);
  expect(await product.tessera("audit", "verify")).toContain("The audit log is whole");
  expect(await product.tessera("site", "restore", hostName, "1")).toContain("is restored as revision 3. The sensor serves revision 3.");
  expect((await call({ port, hostName, ca })).status).toBe(200);
  await page.goto("/settings/audit-log");
  await expect(page, "a restore ends all sessions").toHaveURL(/\/login/);
  await signIn(page, admin);
  await page.goto("/settings/audit-log");
  await expect(page.getByRole("row").filter({ hasText: "Database restored from a backup" })).toBeVisible();
  rmSync(folder, { recursive: true });
});
