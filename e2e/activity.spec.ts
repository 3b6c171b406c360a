import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Page } from "@playwright/test";
import { call } from "#e2e/client.ts";
import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority, createClient, type Identity } from "#e2e/pki/authority.ts";
import { expectSound, looks } from "#e2e/sound.ts";

const day = 86_400_000;
const past = { notBefore: new Date(Date.now() - 30 * day), notAfter: new Date(Date.now() - 2.5 * day) };

test("who was refused is told with the reason and the next step, found by its request id, filtered, followed and exported", async ({
  page,
  product,
  sitePage,
  createSite,
}) => {
  test.slow();
  const { hostName, ca, origin } = await createSite();
  const port = product.ports.SENSOR_HTTPS_PORT;
  const partners = await createAuthority({ commonName: "Partner Root" });
  const strangers = await createAuthority({ commonName: "Stranger Root" });
  await page.getByRole("tab", { name: "Activity" }).click();
  await expect(page.getByRole("heading", { name: "Nobody has connected yet" })).toBeVisible();
  await page.getByRole("tab", { name: "Settings" }).click();
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partners.certificate);
  await sitePage.saveAndServe(2);

  const partner = await createClient(partners);
  const stranger = await createClient(strangers, { commonName: "stranger" });
  for (let count = 0; count < 3; count++) expect((await call({ port, hostName, ca, client: partner })).status).toBe(200);
  await askWithOpenssl(port, hostName, await createClient(partners, { commonName: "late", ...past }));
  await askWithOpenssl(port, hostName, stranger);
  const refused = await call({ port, hostName, ca });
  const requestId = String(refused.headers["x-request-id"]);
  await origin.close();
  expect((await call({ port, hostName, ca, client: partner })).status).toBe(502);

  await page.getByRole("tab", { name: "Activity" }).click();
  await expect(page.getByRole("tab", { name: "Activity", selected: true })).toBeVisible();
  const clients = page.getByRole("table", { name: "Clients by certificate" });
  const client = (name: string) => clients.getByRole("row").filter({ hasText: name });
  await expect(async () => {
    await page.reload();
    await expect(page.getByText("4 accepted", { exact: true })).toBeVisible({ timeout: 3_000 });
    await expect(page.getByText("3 refused", { exact: true })).toBeVisible({ timeout: 3_000 });
    await expect(page.getByText("1 failure of the origin")).toBeVisible({ timeout: 3_000 });
  }).toPass();
  await expect(client("partner-17")).toContainText("4 handshakes");
  await expect(client("partner-17")).toContainText("Certificate accepted");
  await expect(client("late")).toContainText("Refused: certificate expired");
  await expect(client("late")).toContainText("“late” expired 2 days ago.");
  await client("late").getByText("Next step for the client’s owner").click();
  await expect(client("late")).toContainText("Next step: The client’s owner has it renewed by “Partner Root”");
  await expect(client("stranger")).toContainText("issued by “Stranger Root”, which the client did not send");
  await client("stranger").locator("summary").click();
  await expect(client("stranger").getByRole("button", { name: "Copy SHA-256" })).toBeVisible();
  await expect(client("stranger")).toContainText(stranger.fingerprint);
  await expect(client("stranger"), "times as people say them").toContainText(
    /First seen ?(\d+ seconds? ago|just now|now|\d+ minutes? ago)/,
  );
  await expect(client("stranger"), "the code is there for whoever looks it up").toContainText(/OpenSSL said ?UNABLE_TO_/);
  await expect(client("No certificate")).toContainText("The client sent no certificate, and this site demands one.");
  await expect(page.getByRole("table", { name: "Refused requests and the origin" })).toContainText(
    "Nobody listens at the origin’s address",
  );
  await expect(page.getByRole("img", { name: /3 refused|4 refused or failed/ })).toBeVisible();
  await page.getByText("Numbers behind the plot, per hour").click();
  await expect(page.getByRole("table", { name: "Numbers behind the plot" })).toContainText("4 × Certificate accepted");
  await expectSoundEverywhere(page);

  await client("stranger")
    .getByRole("link", { name: /^Events of stranger/ })
    .click();
  const events = page.getByRole("table", { name: /^Events of the last/ });
  await expect(page).toHaveURL(new RegExp(`certificate=${stranger.fingerprint}`));
  await expect(events.getByRole("row")).toHaveCount(2);
  await page.getByRole("button", { name: "Of all clients" }).click();
  await page.getByRole("combobox", { name: "Verdict" }).selectOption("Any");
  await page.getByRole("combobox", { name: "Kind" }).selectOption("Everything");
  await page.getByRole("searchbox", { name: "Search" }).fill(requestId);
  await expect(page).toHaveURL(new RegExp(`search=${requestId}`));
  await expect(page.getByRole("status").filter({ hasText: "1 event matches" })).toBeVisible();
  await page.reload();
  await expect(page.getByRole("searchbox", { name: "Search" })).toHaveValue(requestId);
  await page.getByRole("combobox", { name: "Outcome" }).selectOption("Accepted");
  await expect(page.getByRole("heading", { name: "No event of the last 30 days matches" })).toBeVisible();
  await page.getByRole("button", { name: "Clear filters" }).click();
  await expect(events).toContainText("CLIENT_CERT_VERIFIED");
  await page.getByRole("combobox", { name: "Outcome" }).selectOption("Refused or failed");
  await expect(page).toHaveURL(/outcome=refused/);
  await expect(events).not.toContainText("CLIENT_CERT_VERIFIED");

  // From here on without a mouse.
  await page.getByRole("button", { name: "Follow" }).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("status").filter({ hasText: "Following: 0 new events" })).toBeVisible();
  await call({ port, hostName, ca, client: await createClient(strangers, { commonName: "live-one" }) });
  await expect(page.getByRole("status").filter({ hasText: "Following: 2 new events" })).toBeVisible();
  const newest = events.getByRole("row").nth(1);
  await expect(newest).toContainText("live-one");
  await newest.getByText("Details").focus();
  await page.keyboard.press("Enter");
  await expect(newest).toContainText("Next step:");
  await expectSound(page);
  await page.getByRole("button", { name: "Pause" }).focus();
  await page.keyboard.press("Space");
  await expect(page.getByRole("button", { name: "Follow" })).toBeFocused();

  const csv = await exported(page, "Export CSV");
  expect(csv.split("\r\n")[0]).toContain('"Time (UTC)","Kind","Outcome","Verdict"');
  expect(csv).toContain(stranger.fingerprint);
  expect(csv).not.toContain("CLIENT_CERT_VERIFIED");
  const rows: { requestId: string | null }[] = JSON.parse(await exported(page, "Export JSON"));
  expect(rows.map((row) => row.requestId)).toContain(requestId);

  await page.goto("/settings/sites");
  await page.getByRole("link", { name: "Find a Request" }).click();
  await page.getByRole("searchbox", { name: "Request ID" }).fill(` ${requestId} `);
  await page.keyboard.press("Enter");
  const found = page.getByRole("region", { name: hostName });
  await expect(found).toContainText("Refused: no certificate sent");
  await found.getByText("Details").click();
  await expect(found).toContainText("The client sent no certificate, and this site demands one.");
  await expectSoundEverywhere(page);
  await found.getByRole("link", { name: `Show in the activity of ${hostName}` }).click();
  await expect(page.getByRole("searchbox", { name: "Search" })).toHaveValue(requestId);
  await page.goto("/settings/requests?id=00000000-0000-4000-8000-000000000000");
  await expect(page.getByRole("heading", { name: "No request with this ID is known here" })).toBeVisible();
  await expectSound(page);
});

async function exported(page: Page, name: string): Promise<string> {
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name }).click();
  return readFileSync(await (await download).path(), "utf8");
}

/** The page in both sizes and colour schemes. */
async function expectSoundEverywhere(page: Page) {
  for (const { viewport, colorScheme } of looks) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expectSound(page);
  }
  await page.setViewportSize(looks[0].viewport);
}

const run = promisify(execFile);

/** A client that is not Node's: one request by `openssl s_client`; answers what it printed. */
async function askWithOpenssl(port: number, hostName: string, client: Identity): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "tessera-openssl-"));
  const file = join(folder, "client.pem");
  try {
    writeFileSync(file, client.bundle);
    const asking = run(
      "openssl",
      ["s_client", "-connect", `127.0.0.1:${port}`, "-servername", hostName, "-cert", file, "-key", file, "-quiet"],
      {
        timeout: 10_000,
      },
    );
    asking.child.stdin?.write(`GET / HTTP/1.1\r\nHost: ${hostName}\r\n\r\n`);
    return (await asking).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
