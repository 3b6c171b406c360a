import type { Browser, Page } from "@playwright/test";
import { expect, test } from "#e2e/fixtures.ts";
import { signIn } from "#e2e/pages/sign-in.ts";
import { password, populate } from "#e2e/people.ts";
import { admin, startProduct } from "#e2e/product.ts";
import { ask, callAction, serverActions } from "#e2e/raw-console.ts";
import { expectSound } from "#e2e/sound.ts";
import { totp } from "#e2e/totp.ts";

/** A browser of somebody else: nothing of the first admin's session is in it. */
async function otherBrowser(browser: Browser, baseURL: string): Promise<Page> {
  return (await browser.newContext({ baseURL, storageState: { cookies: [], origins: [] } })).newPage();
}

test("the first start prints a one-time link; until it is used nothing else is served, afterwards it is dead", async ({ browser }) => {
  const product = await startProduct({}, { hasAdmin: false });
  try {
    const printed = () => /\/setup#([\w-]{43})/.exec(product.output())?.[1] ?? "";
    await expect.poll(printed).not.toBe("");
    const token = printed();
    expect((await ask(product, "/api/health")).status).toBe(200);
    expect(await ask(product, "/settings/sites", { headers: { accept: "text/html" } })).toMatchObject({
      status: 303,
      headers: { location: "/setup" },
    });
    for (const path of ["/login", "/settings/sites", "/api/sites/inspect", "/invitation", "/setup/x", "/_next/image?url=x", "//setup"])
      expect((await ask(product, path)).status, path).toBe(404);
    const id = serverActions().get("signInAction")?.id ?? "";
    expect((await callAction(product, { id, path: "/login", input: admin })).status).toBe(404);

    const page = await otherBrowser(browser, product.url);
    await page.goto("/");
    await expect(page, "whoever comes without the link is told where it is").toHaveURL(/\/setup$/);
    await expect(page.getByText("Open the set-up link that npm start printed")).toBeVisible();
    await expectSound(page);
    await page.goto(`/setup#${token}`);
    await expectSound(page);
    await page.getByLabel("Email").fill("first@tessera.test");
    await page.getByLabel("Password").fill("short");
    await page.getByRole("button", { name: "Create account and sign in" }).click();
    await expect(page.getByLabel("Password")).toHaveAccessibleDescription(/at least 12 characters/);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Create account and sign in" }).click();
    await expect(page.getByRole("heading", { name: "Sites", exact: true })).toBeVisible();

    expect((await ask(product, "/setup")).status).toBe(404);
    const setUp = { id: serverActions().get("setUpAction")?.id ?? "", path: "/login" };
    const again = await callAction(product, { ...setUp, input: { token, email: "second@tessera.test", password } });
    expect(again.body).toContain("setup.closed");
    await product.restart();
    expect(product.output()).not.toContain("/setup#");
    await page.reload();
    await expect(page.getByRole("heading", { name: "Sites", exact: true }), "a restart ends no session").toBeVisible();
  } finally {
    await product.remove();
  }
});

test("a bookmarked page asks to sign in and comes back; signing out shuts everything again", async ({ browser, product }) => {
  const page = await otherBrowser(browser, product.url);
  await page.goto("/settings/features");
  await expect(page).toHaveURL("/login?next=%2Fsettings%2Ffeatures");
  await page.getByLabel("Email").fill(admin.email);
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(
    page.getByRole("alert").filter({ hasText: /do not fit together.* Check both and try again, or ask an Admin/ }),
  ).toBeVisible();
  await page.getByLabel("Password").fill(admin.password);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Features" })).toBeVisible();
  const [cookie] = (await page.context().cookies()).filter(({ name }) => name.includes("session"));
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", secure: false });

  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page).toHaveURL("/login");
  await page.goBack();
  await expect(page, "the page before does not come out of a cache").toHaveURL(/\/login/);
  await page.context().addCookies(cookie ? [cookie] : []);
  await page.goto("/settings/sites");
  await expect(page, "the session itself has ended").toHaveURL(/\/login/);
});

test("an invitation brings somebody in as Read-Only, who sees everything but keys and changes nothing", async ({
  browser,
  page,
  product,
  createSite,
}) => {
  const { hostName } = await createSite();
  const email = "reader@accounts.test";
  await page.goto("/settings/users");
  await page.getByRole("button", { name: "Invite" }).click();
  await page.getByLabel("Email").fill(email);
  await expect(page.getByLabel("Role")).toHaveValue("Read-Only");
  await page.getByRole("button", { name: "Create invitation" }).click();
  const link = await page.getByRole("group", { name: "invitation link" }).locator("code").textContent();
  expect(link).toMatch(/\/invitation#[\w-]{43}$/);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("table", { name: "Invitations" }).getByRole("row").filter({ hasText: email })).toBeVisible();

  const guest = await otherBrowser(browser, product.url);
  await guest.goto(link ?? "");
  await expect(guest.getByText("You are invited to the tenant Default as Read-Only.")).toBeVisible();
  await guest.getByLabel("Password").fill(password);
  await guest.getByRole("button", { name: "Accept and sign in" }).click();
  await expect(guest.getByRole("heading", { name: "Sites", exact: true })).toBeVisible();
  await expect(guest.getByRole("link", { name: "Add Site" })).toHaveCount(0);
  await expect(guest.getByText("Your role here is Read-Only")).toBeVisible();

  await guest.getByRole("link", { name: `Edit Site ${hostName}` }).click();
  await expect(guest.getByRole("heading", { name: "Site Details" })).toBeVisible();
  await expect(guest.getByText("Your role in this tenant is Read-Only")).toBeVisible();
  for (const control of await guest.getByRole("checkbox").all()) await expect(control).toBeDisabled();
  await expect(guest.getByRole("button", { name: "Save", exact: true })).toBeDisabled();
  await expect(guest.getByRole("button", { name: "Save", exact: true })).toHaveAccessibleDescription(/Read-Only/);
  await expect(guest.getByRole("button", { name: /Edit SSL Credentials|Choose file|Add header|^Clear/ }), "what does nothing").toHaveCount(
    0,
  );
  await expect(guest.getByRole("button", { name: "Delete this site" })).toHaveCount(0);
  await expect(guest.getByRole("main"), "nobody is told to do what they may not").not.toContainText(
    /Add a site for|[Ss]witch .* (on|off) first/,
  );
  await guest.getByRole("button", { name: "Proxy Configuration" }).click();
  await expect(guest.getByRole("button", { name: "Proxy Configuration" }), "sections still fold").toHaveAttribute("aria-expanded", "false");
  await guest.goto("/settings/users");
  await expect(guest.getByRole("button", { name: /Invite|Manage/ })).toHaveCount(0);

  await guest.goto(link ?? "");
  await guest.reload();
  await expect(guest.getByRole("alert").filter({ hasText: "was used, withdrawn or is older" })).toBeVisible();

  await page.reload();
  await page.getByRole("button", { name: `Manage ${email}` }).click();
  await page.getByRole("button", { name: "Remove from tenant" }).click();
  await expect(page.getByRole("row").filter({ hasText: email })).toHaveCount(0);
  await guest.goto("/settings/sites");
  await expect(guest, "removed: out at once").toHaveURL(/\/login/);
});

test("two-factor is turned on with an app, asked for at the next sign-in, and survives a password reset", async ({
  browser,
  page,
  product,
}) => {
  const people = await populate(product);
  const email = "careful@accounts.test";
  const defaultId = await people.tenantId("Default");
  await people.addPerson(email, [[defaultId, "Read-Only"]]);
  people.store.close();
  const theirs = await otherBrowser(browser, product.url);
  await signIn(theirs, { email, password });
  await theirs.goto("/settings/profile");
  await theirs.getByRole("button", { name: "Turn on two-factor" }).click();
  await theirs.getByLabel("Password", { exact: true }).fill(password);
  await theirs.getByRole("button", { name: "Continue" }).click();
  await expect(theirs.getByRole("img", { name: "QR code for your authenticator app" })).toBeVisible();
  const secret = (await theirs.getByText(/^[A-Z2-7]{52}/).textContent())?.trim().split(/\s/)[0] ?? "";
  const [recoveryCode = ""] =
    (await theirs.getByRole("group", { name: "recovery codes" }).locator("code").textContent())?.split("\n") ?? [];
  await theirs.getByLabel("Code", { exact: true }).fill(totp(secret));
  await theirs.getByRole("button", { name: "Turn on", exact: true }).click();
  await expect(theirs.getByText("On: signing in takes a code")).toBeVisible();

  await page.goto("/settings/users");
  await page.getByRole("button", { name: `Manage ${email}` }).click();
  await page.getByRole("button", { name: "Reset password" }).click();
  const link = await page.getByRole("group", { name: "reset link" }).locator("code").textContent();
  await theirs.goto("/settings/sites");
  await expect(theirs, "the reset ended the session").toHaveURL(/\/login/);

  await theirs.goto(link ?? "");
  await expect(theirs.getByText(email)).toBeVisible();
  await theirs.getByLabel("Password").fill("a third horse and its battery");
  await theirs.getByRole("button", { name: "Set password and sign in" }).click();
  await expect(theirs.getByLabel("Code", { exact: true }), "two-factor is still asked for").toBeVisible();
  await theirs.getByLabel("Code", { exact: true }).fill(recoveryCode);
  await theirs.getByRole("button", { name: "Sign in" }).click();
  await expect(theirs.getByRole("heading", { name: "Sites", exact: true })).toBeVisible();

  await theirs.goto("/settings/profile");
  await theirs.getByRole("button", { name: "Turn off two-factor" }).click();
  await theirs.getByLabel("Password", { exact: true }).fill("a third horse and its battery");
  await theirs.getByRole("button", { name: "Turn off", exact: true }).click();
  await expect(theirs.getByText("Off: the password alone signs in.")).toBeVisible();
});

test("the profile lists the open sessions and ends another one; changing the password ends the rest", async ({ browser, product }) => {
  const people = await populate(product);
  const email = "sessions@accounts.test";
  await people.addPerson(email, [[await people.tenantId("Default"), "Read-Only"]]);
  people.store.close();
  const [here, there, third] = await Promise.all([1, 2, 3].map(() => otherBrowser(browser, product.url)));
  if (!here || !there || !third) throw new Error("three browsers");
  for (const each of [there, third, here]) await signIn(each, { email, password });
  await here.goto("/settings/profile");
  const rows = here.getByRole("table", { name: "Open sessions" }).getByRole("row");
  await expect(rows).toHaveCount(4);
  await here
    .getByRole("button", { name: /^End the session of/ })
    .first()
    .click();
  await expect(rows).toHaveCount(3);
  await here.getByLabel("Current password").fill(password);
  await here.getByLabel("New password").fill("a fourth horse, a new battery");
  await here.getByRole("button", { name: "Change password" }).click();
  await expect(here.getByText("all your other sessions have ended")).toBeVisible();
  await here.reload();
  await expect(rows).toHaveCount(2);
  for (const other of [there, third]) {
    await other.goto("/settings/sites");
    await expect(other).toHaveURL(/\/login/);
  }
});

test("the last Admin cannot lock himself out, and from the machine itself there is a way back in", async ({ browser, page, product }) => {
  await page.goto("/settings/users");
  await page.getByRole("button", { name: `Manage ${admin.email}` }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByLabel("Role")).toBeDisabled();
  await expect(dialog.getByLabel("Role")).toHaveAccessibleDescription(/last Admin/);
  await expect(dialog.getByRole("button", { name: "Remove from tenant" })).toBeDisabled();
  await expect(dialog.getByRole("button", { name: "Deactivate" })).toBeDisabled();
  await expect(dialog.getByRole("button", { name: "Deactivate" })).toHaveAccessibleDescription(/only npm run tessera/);

  const people = await populate(product);
  const email = "locked-out@accounts.test";
  await people.addPerson(email, [[await people.tenantId("Default"), "Read-Only"]]);
  people.store.close();
  const [, path = ""] = /(\/reset#[\w-]{43})/.exec(await product.tessera("user", "reset", email)) ?? [];
  const theirs = await otherBrowser(browser, product.url);
  await theirs.goto(path);
  await theirs.getByLabel("Password").fill("a fifth horse and so on");
  await theirs.getByRole("button", { name: "Set password and sign in" }).click();
  await expect(theirs.getByRole("heading", { name: "Sites", exact: true })).toBeVisible();
  expect(await product.tessera("user", "promote", email)).toContain("is Channel Admin now");
  await theirs.reload();
  await expect(theirs.getByRole("button", { name: "Tenant Default" })).toBeVisible();
  expect(await product.tessera("user", "demote", email)).toContain("no Channel Admin any more");
});
