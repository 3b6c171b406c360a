import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { Page, Request } from "@playwright/test";
import { expect, test } from "#e2e/fixtures.ts";
import type { SitePage } from "#e2e/pages/site-page.ts";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { formsFound, keyForms } from "#e2e/pki/key-forms.ts";
import { expectSound } from "#e2e/sound.ts";

const inspection = /\/api\/sites\/inspect$/;
const downstream = "Downstream mTLS Credentials";

async function openWithMtls(sitePage: SitePage) {
  await sitePage.openNew();
  await sitePage.checkbox("SSL/TLS Enabled").check();
  await sitePage.checkbox("Downstream mTLS").check();
}

test("under the box stands what was pasted: cards in their chain, whom they admit, and what lies in the wrong box", async ({
  page,
  sitePage,
  context,
}) => {
  const root = await createAuthority({ commonName: "Partner Root CA 2024" });
  const issuing = await createAuthority({ commonName: "Partner Issuing CA", issuer: root });
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openWithMtls(sitePage);
  await sitePage.fill(downstream, issuing.certificate);
  await expect(page.getByText("Missing: “Partner Root CA 2024”, which issued “Partner Issuing CA”. It is not needed")).toBeVisible();
  await expect(
    page.getByText("Anyone with a valid client certificate issued under “Partner Issuing CA” is admitted, and nobody else."),
  ).toBeVisible();

  await sitePage.fill(downstream, root.certificate + issuing.certificate);
  const chain = page.getByRole("list", { name: "Chain, leaf to root" });
  await expect(chain.getByRole("listitem")).toHaveCount(2);
  await expect(chain.getByRole("listitem").first()).toContainText("Certificate 2: Partner Issuing CA · CA · EC P-256");
  await expect(chain.getByRole("listitem").last()).toContainText(root.fingerprint);
  await expect(page.getByText("issued under “Partner Root CA 2024” is admitted")).toBeVisible();
  await chain.getByRole("button", { name: "Copy SHA-256" }).last().focus();
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(root.fingerprint);
  await expectSound(page);

  await sitePage.fill(downstream, (await createServer(issuing, ["shop.test"])).certificate);
  await expect(page.getByText("is a server certificate, not a CA. The CA that issued it is “Partner Issuing CA”")).toBeVisible();
  const bar = page.getByText(/^\d+ changes: /);
  await expect(bar, "nothing is called a CA that is none").toContainText("1 certificate added that is no CA");
  await sitePage.fill(downstream, root.bundle);
  await expect(page.getByText("This is a private key: it does not belong here", { exact: false })).toBeVisible();
  await expect(page.getByText("is admitted, and nobody else")).toHaveCount(0);
  await expect(bar).toContainText("1 CA added");
  await sitePage.fill(downstream, root.key);
  await expect(bar).toContainText("a private key in Downstream mTLS Credentials");
  await expectSound(page);
});

test("credentials say which certificate their key matches; with another's key nothing is called good", async ({
  page,
  sitePage,
  webAuthority,
}) => {
  const server = await createServer(webAuthority, ["shop.test"]);
  const other = await createServer(webAuthority, ["other.test"]);
  await sitePage.openNew();
  await page.getByRole("button", { name: "Edit SSL Credentials" }).click();
  const dialog = page.getByRole("dialog");
  const box = dialog.getByRole("textbox", { name: "SSL Credentials" });
  await box.fill(server.key + server.certificate);
  await expect(dialog.getByRole("status").filter({ hasText: "private key matches certificate 2" })).toBeVisible();
  await expect(dialog.locator("p .text-good")).toHaveCount(1);
  await box.fill(server.certificate + other.key);
  await expect(dialog.getByText("Private key: matches none of the certificates here")).toBeVisible();
  await expect(dialog.locator("p > .text-good")).toHaveCount(0);
  await expectSound(page);
});

test("a public web root among the CAs is refused with the reason, while typing and on Save", async ({ page, sitePage }) => {
  await openWithMtls(sitePage);
  await sitePage.fill(downstream, `${rootCertificates[0]}\n`);
  const reason = "is a root of the public web: anybody can get a certificate from it";
  await expect(page.getByText(reason)).toBeVisible();
  await sitePage.save();
  await expect(sitePage.field(downstream)).toHaveAttribute("aria-invalid", "true");
  await expect(sitePage.field(downstream)).toHaveAccessibleDescription(new RegExp(reason));
  await expect(page.locator("li.problem").filter({ hasText: reason }), "what the field says is not said again").toHaveCount(1);
});

test("every field's problems come together, unreadable SSL credentials among them", async ({ page, sitePage }) => {
  await openWithMtls(sitePage);
  await page.getByRole("button", { name: "Edit SSL Credentials" }).click();
  await page
    .getByRole("dialog")
    .getByRole("textbox", { name: "SSL Credentials" })
    .fill((await createAuthority()).certificate);
  await page.getByRole("dialog").getByRole("button", { name: "Apply" }).click();
  await sitePage.save();
  const summary = page.getByRole("alert").filter({ has: page.getByRole("link") });
  await expect(summary).toContainText("no private key");
  await expect(summary).toContainText("Downstream mTLS is on without a CA");
  await expect(summary).toContainText("Origin");
});

test("the newest text wins, an older one is called off, and the result is announced once", async ({ page, sitePage }) => {
  const [first, second] = [await createAuthority({ commonName: "First CA" }), await createAuthority({ commonName: "Second CA" })];
  await openWithMtls(sitePage);
  const failed: Request[] = [];
  page.on("requestfailed", (request) => inspection.test(request.url()) && failed.push(request));
  await page.route(inspection, (route) => (route.request().postData()?.includes(lineOf(first.certificate)) ? undefined : route.continue()));
  const held = page.waitForRequest(inspection);
  await sitePage.fill(downstream, first.certificate);
  await held;
  await page.evaluate(watchAnnouncements);
  await sitePage.fill(downstream, second.certificate);
  await sitePage.field(downstream).press("Control+End");
  await sitePage.field(downstream).pressSequentially("# the one\n");
  await expect(page.getByText("Certificate 1: Second CA", { exact: false }).first()).toBeVisible();
  await expect.poll(() => failed.length).toBe(1);
  expect(failed[0]?.failure()?.errorText).toContain("ERR_ABORTED");
  await expect(sitePage.field(downstream), "the focus stays").toBeFocused();
  expect(await page.evaluate(() => Reflect.get(window, "announced"))).toEqual(["Not saved yet: 1 certificate."]);
});

const lineOf = (pem: string) => pem.split("\n")[3] ?? "";

function watchAnnouncements() {
  const announced: string[] = [];
  Reflect.set(window, "announced", announced);
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const region = target.parentElement?.closest("[role=status]") ?? (target as Element).closest?.("[role=status]");
      if (region?.textContent?.startsWith("Not saved yet")) announced.push(region.textContent);
    }
  }).observe(document.body, { subtree: true, childList: true, characterData: true });
}

test("a private key that was only typed is in no answer, log line, file or storage", async ({ page, product, sitePage, webAuthority }) => {
  const identities = [
    await createServer(webAuthority, ["typed.shop.test"]),
    await createClient(await createAuthority()),
    await createAuthority({ commonName: "Typed CA" }),
  ];
  const [server, client, authority] = identities;
  const answers: Promise<Buffer>[] = [];
  page.on("response", (response) => {
    if (!inspection.test(response.url())) return;
    expect(response.headers()["cache-control"]).toBe("no-store");
    answers.push(response.body());
  });
  await openWithMtls(sitePage);
  await sitePage.fill(downstream, authority?.bundle ?? "");
  await expect(page.getByText("This is a private key: it does not belong here", { exact: false })).toBeVisible();
  await sitePage.fill("Origin CA Certificates", authority?.key.replace("-----END", "END") ?? "");
  await expect(page.getByText("has no line -----END", { exact: false })).toBeVisible();
  await sitePage.checkbox("Upstream mTLS").check();
  await sitePage.fill("Upstream mTLS Credentials", client?.bundle ?? "");
  await expect(page.getByText("Private key: matches certificate 1")).toBeVisible();
  await page.getByRole("button", { name: "Edit SSL Credentials" }).click();
  await page
    .getByRole("dialog")
    .getByRole("textbox", { name: "SSL Credentials" })
    .fill(server?.bundle ?? "");
  await expect(page.getByRole("dialog").getByText("Private key: matches certificate 1")).toBeVisible();

  const forms = [...identities.flatMap(keyForms), "BEGIN PRIVATE KEY-----"];
  const kept = await page.evaluate(async () => {
    const caches = await window.caches.keys();
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, caches, history.state, location.href]);
  });
  const files = readdirSync(product.dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const places = {
    answers: Buffer.concat(await Promise.all(answers)),
    "what both programs print": Buffer.from(product.output()),
    "the data folder": Buffer.concat(files.map((entry) => readFileSync(join(entry.parentPath, entry.name)))),
    "the browser's storage": Buffer.from(kept),
  };
  for (const [place, bytes] of Object.entries(places)) {
    expect(bytes.length, place).toBeGreaterThan(10);
    expect(formsFound(bytes, forms), place).toEqual([]);
  }
  expect(places.answers.includes(server?.fingerprint ?? "none"), "answers were recorded").toBe(true);
  expect(places["the data folder"].includes(server?.certificate.split("\n")[1] ?? ""), "nothing is stored").toBe(false);
});

test("a text that is too large is named with its size and not sent; so is a form that is too large as a whole", async ({
  page,
  sitePage,
}) => {
  await openWithMtls(sitePage);
  let sent = 0;
  page.on("request", (request) => inspection.test(request.url()) && sent++);
  await chooseFiles(page, downstream, `# ${"much ".repeat(200)}\n`.repeat(315));
  await expect(page.getByText("This text has 309 KB, and a field takes 256 KB.")).toBeVisible();
  expect(sent).toBe(0);
  const megabyte = `# ${"more ".repeat(2_000)}\n`.repeat(104);
  await chooseFiles(page, "Origin CA Certificates", megabyte, megabyte);
  await sitePage.save();
  await expect(page.getByRole("alert").filter({ hasText: "All fields together hold 2.4 MB, and one save carries 1.9 MB." })).toBeVisible();
});

/** As a file, since a browser takes seconds to put thousands of lines into a box one by one. */
async function chooseFiles(page: Page, label: string, ...texts: string[]) {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: `Choose file ${label}` }).click();
  const files = texts.map((text, index) => ({ name: `${index}.pem`, buffer: Buffer.from(text), mimeType: "text/plain" }));
  await (await chooser).setFiles(files);
}

test("of 150 certificates ten are shown at first, the page stays usable, and the keyboard reaches the rest", async ({ page, sitePage }) => {
  const all = await Promise.all(Array.from({ length: 150 }, (_, index) => createAuthority({ commonName: `CA ${index}` })));
  await openWithMtls(sitePage);
  await chooseFiles(page, downstream, all.map(({ certificate }) => certificate).join(""));
  await expect(page.getByText("“CA 4” or 145 more is admitted")).toBeVisible();
  await expect(page.getByRole("list", { name: "Chain, leaf to root" })).toHaveCount(10);
  const more = page.getByRole("button", { name: "Show all 150" });
  for (let presses = 0; presses < 40 && !(await more.evaluate((button) => button === document.activeElement)); presses++)
    await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("list", { name: "Chain, leaf to root" })).toHaveCount(150);
  await expect(page.getByRole("button", { name: "Show the first 10" }), "the focus stays on the button").toBeFocused();
});
