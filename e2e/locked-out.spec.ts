import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { call } from "#e2e/client.ts";
import { expect, test } from "#e2e/fixtures.ts";
import { SitePage } from "#e2e/pages/site-page.ts";
import { databaseOf, type Population, populate } from "#e2e/people.ts";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import { expectSound } from "#e2e/sound.ts";

let people: Population;
test.beforeAll(async ({ product }) => {
  people = await populate(product);
});
test.afterAll(() => people.store.close());

/** Waits until the ledger has this many certificates and addresses of the site that the page shows. */
async function expectObserved(page: Page, count: number) {
  const tenantId = await people.tenantId("Default");
  const siteId = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  await expect
    .poll(async () => {
      const groups = await people.store.ledger.groups(tenantId, { siteId, kind: "handshake", limit: 50 });
      const bare = await people.store.ledger.bareCallers(tenantId, siteId, 50);
      return new Set(groups.flatMap(({ fingerprint }) => fingerprint ?? [])).size + bare.length;
    })
    .toBe(count);
}

const figures = (page: Page) => page.getByRole("region", { name: "Who would be locked out" });
const bar = (page: Page) => page.getByRole("region", { name: "Unsaved changes" });

test("replacing a CA says before the save who loses access, lists them, and Undo lets them in again", async ({
  page,
  product,
  sitePage,
  createSite,
}) => {
  const { hostName, ca } = await createSite();
  const port = product.ports.SENSOR_HTTPS_PORT;
  const [before, after] = [await createAuthority({ commonName: "Partner CA G1" }), await createAuthority({ commonName: "Partner CA G2" })];
  const [old, other] = [await createClient(before, { commonName: "partner-17" }), await createClient(before, { commonName: "partner-18" })];
  const early = await createClient(after, { commonName: "partner-19" });
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", before.certificate);
  await expect(bar(page)).toContainText("Save turns enforcement on");
  await expect(bar(page)).toContainText("No callers observed: nobody can say who loses access.");
  await sitePage.saveAndServe(2);
  for (const client of [old, other]) expect((await call({ port, hostName, ca, client })).status).toBe(200);
  expect((await call({ port, hostName, ca, client: early })).status).toBe(403);
  await expectObserved(page, 3);

  await sitePage.fill("Downstream mTLS Credentials", after.certificate);
  const sentence = "0 of 2 known callers keep access; 2 lose it: signed by Partner CA G1; 1 that is refused now would get in.";
  await expect(figures(page)).toContainText(sentence);
  await expect(bar(page).getByRole("status")).toContainText(`Save removes a CA that clients may be using. ${sentence}`);
  await figures(page).getByRole("link", { name: "See" }).press("Enter");
  const list = figures(page).getByRole("list", { name: "Callers whose access changes" });
  await expect(list.getByRole("listitem").filter({ hasText: "partner-17 loses access" })).toContainText(
    "“Partner CA G1”, which is not in the box",
  );
  await expect(list.getByRole("listitem").filter({ hasText: "partner-19 gets in" })).toBeVisible();
  await expectSound(page);

  await sitePage.saveAndServe(3);
  expect((await call({ port, hostName, ca, client: old })).status).toBe(403);
  expect((await call({ port, hostName, ca, client: early })).status).toBe(200);
  await expect(sitePage.status).toContainText("Saved revision 3");
  await expectSound(page);
  await sitePage.status.getByRole("button", { name: "Undo" }).press("Enter");
  await expect(sitePage.status).toContainText("Revision 2 is back · 1 CA added · 1 CA removed");
  await expect(sitePage.status).toContainText("Serving revision 4");
  await expect(sitePage.field("Downstream mTLS Credentials")).toHaveValue(before.certificate);
  await expect(page.getByRole("button", { name: "Undo" })).toHaveCount(0);
  expect((await call({ port, hostName, ca, client: old })).status).toBe(200);
  expect((await call({ port, hostName, ca, client: early })).status).toBe(403);
});

test("of callers that were never asked nobody can tell, one click saves all the same, and Undo comes too late after another save", async ({
  page,
  product,
  sitePage,
  createSite,
  context,
}) => {
  const { hostName, ca } = await createSite();
  const port = product.ports.SENSOR_HTTPS_PORT;
  expect((await call({ port, hostName, ca })).status).toBe(200);
  await expectObserved(page, 1);
  const partners = await createAuthority({ commonName: "Partner CA" });
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partners.certificate);
  await sitePage.save();
  await expect(sitePage.status).toContainText("Saved revision 2");
  expect((await call({ port, hostName, ca })).status).toBe(403);

  await sitePage.checkbox("Downstream mTLS").uncheck();
  await expect(bar(page)).toContainText("Downstream mTLS off");
  await expect(bar(page), "nobody loses access").not.toContainText("Save turns");
  await page.getByRole("button", { name: "Discard" }).click();

  const elsewhere = new SitePage(await context.newPage());
  await elsewhere.open(hostName);
  await elsewhere.fillNumber("Proxy Read Timeout", 33);
  await elsewhere.saveAndServe(3);
  await elsewhere.page.close();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("alert").first()).toContainText(/saved revision 3 on .*: Proxy Read Timeout 90 → 33/);
  expect((await call({ port, hostName, ca })).status, "nothing was undone").toBe(403);

  await page.reload();
  await sitePage.fill("Downstream mTLS Credentials", (await createAuthority({ commonName: "Another CA" })).certificate);
  await expect(figures(page)).toContainText("No callers observed: nobody can say who loses access.");
});

test("a client certificate is tested against the draft before anything is saved; a key is refused and not kept", async ({
  page,
  sitePage,
  product,
  createSite,
}) => {
  await createSite();
  const root = await createAuthority({ commonName: "Partner Root" });
  const issuing = await createAuthority({ commonName: "Partner Issuing CA", issuer: root });
  const client = await createClient(issuing);
  await sitePage.checkbox("Downstream mTLS").check();
  const box = page.getByRole("textbox", { name: "Test a client certificate" });
  const answer = page.getByRole("status").filter({ hasText: /Expected|Cannot tell/ });

  await box.fill(client.certificate);
  await expect(box).toHaveAccessibleDescription(/Paste the CAs first/);
  await sitePage.fill("Downstream mTLS Credentials", root.certificate);
  await expect(answer).toContainText("Expected: refused CLIENT_CERT_UNTRUSTED");
  await expect(answer).toContainText("Partner Issuing CA");

  await box.fill(`${client.certificate}${issuing.certificate}`);
  await expect(answer).toContainText("Expected: gets in CLIENT_CERT_VERIFIED");
  const way = page.getByRole("list", { name: "The way from partner-17 to a CA" }).getByRole("listitem");
  await expect(way).toHaveText(["partner-17", "issued by Partner Issuing CA", "issued by Partner Root · in the box"]);
  await expectSound(page);

  const sent: string[] = [];
  page.on("request", (request) => sent.push(request.postData() ?? ""));
  await box.fill(client.bundle);
  await expect(box).toHaveValue("");
  await expect(box).toHaveAccessibleDescription(/There was a private key in this text.*clipboard/);
  await expect(answer).toHaveCount(0);
  await box.fill(client.certificate);
  await expect(answer).toContainText("Expected: refused");
  expect(sent.some((body) => body.includes("BEGIN CERTIFICATE"))).toBe(true);
  expect(
    sent.some((body) => body.includes("PRIVATE KEY")),
    "the key never left the browser",
  ).toBe(false);
  for (const file of [databaseOf(product), `${databaseOf(product)}-wal`])
    expect(readFileSync(file, "latin1").includes(client.certificate.split("\n")[1] ?? "?"), `${file} keeps nothing`).toBe(false);
});
