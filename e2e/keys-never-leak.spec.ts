import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { formsFound, formsOf, keyForms } from "#e2e/pki/key-forms.ts";

/** Everything the console answers to this page: documents, payloads of server components and of actions, JSON, files. */
function recordAnswers(page: Page): () => Promise<Buffer> {
  const answers: Promise<Buffer>[] = [];
  page.on("response", (response) => {
    const head = Buffer.from(JSON.stringify(response.headers()));
    answers.push(
      response.body().then(
        (body) => Buffer.concat([head, body]),
        () => head,
      ),
    );
  });
  return async () => Buffer.concat(await Promise.all(answers));
}

function everyByteIn(folder: string, except: readonly string[]): Buffer {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => !except.includes(name));
  const files = names.map((name) => join(folder, name)).filter((file) => statSync(file).isFile());
  return Buffer.concat(files.map((file) => readFileSync(file, { flag: "r" })));
}

test("a private key that went in is in no answer, log line, export, file or backup, in whatever form, refused or saved", async ({
  page,
  product,
  sitePage,
  createSite,
  webAuthority,
}) => {
  const answers = recordAnswers(page);
  const { hostName } = await createSite();
  const clientAuthority = await createAuthority();
  const [server, first, second, misplaced] = [
    await createServer(webAuthority, [hostName]),
    await createClient(clientAuthority),
    await createClient(clientAuthority),
    await createClient(clientAuthority),
  ];
  await sitePage.applySslCredentials(server.bundle);
  await sitePage.checkbox("Upstream mTLS").check();
  await sitePage.fill("Upstream mTLS Credentials", first.bundle);
  await sitePage.saveAndServe(2);
  await sitePage.replaceUpstreamCredentials(second.bundle);
  await sitePage.saveAndServe(3);

  // Refusals must not repeat what they refuse: keys where none belongs, broken keys, keys of other certificates.
  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.expectRefusedText("Downstream mTLS Credentials", misplaced.bundle);
  await sitePage.checkbox("Downstream mTLS").uncheck();
  await sitePage.expectRefusedText("Origin CA Certificates", misplaced.key);
  await sitePage.expectRefusedText("Origin Server Name", misplaced.key.replaceAll("\n", " ").slice(0, 250));
  await sitePage.checkbox("Set Real IP From").check();
  await sitePage.expectRefusedText("Trusted Sources", misplaced.key);
  await sitePage.checkbox("Set Real IP From").uncheck();
  await sitePage.replaceUpstreamCredentials(first.certificate + misplaced.key);
  await sitePage.save();
  await expect(sitePage.field("Upstream mTLS Credentials")).toHaveAttribute("aria-invalid", "true");
  await page.reload();

  await page.getByRole("tab", { name: "History" }).click();
  await expect(page.getByRole("article", { name: "Revision 3" })).toBeVisible();
  await page.goto("/settings/audit-log");
  await expect(page.getByRole("row").filter({ hasText: hostName }).first()).toBeVisible();
  const siteId = new URL((await page.getByRole("link", { name: hostName }).first().getAttribute("href")) ?? "", page.url()).pathname.split(
    "/",
  )[3];
  const log = (await page.getByRole("link", { name: "Export CSV" }).getAttribute("href")) ?? "";
  const states = log.replace(/audit-log.*/, "serving");
  for (const path of [log, `/api/sites/${siteId}`, states, `/settings/sites/${siteId}`, "/settings/sites"]) {
    const answer = await page.request.get(path, { headers: { RSC: "1" } });
    expect(answer.status(), path).toBe(200);
    expect(formsFound(await answer.body(), [server, first, second, misplaced].flatMap(keyForms)), path).toEqual([]);
  }

  const folder = mkdtempSync(join(tmpdir(), "tessera-leak-"));
  const printed = [
    await product.tessera("backup", join(folder, "tessera.backup")),
    await product.tessera("site", "history", hostName),
    await product.tessera("audit", "verify"),
  ].join("");

  const forms = [...[server, first, second, misplaced].flatMap(keyForms), "PRIVATE KEY-----\\n", "BEGIN PRIVATE KEY-----\n"];
  const [stored] = JSON.parse(readFileSync(join(product.dataDir, "secrets.key"), "utf8")).keys;
  const keyringForms = formsOf(Buffer.from(stored.privateKey, "base64"));
  const places = {
    "the console's answers": await answers(),
    "what both programs print": Buffer.from(product.output()),
    "what commands print": Buffer.from(printed),
    "the data folder": everyByteIn(product.dataDir, ["secrets.key"]),
    "a backup": everyByteIn(folder, []),
  };
  for (const [place, bytes] of Object.entries(places)) {
    expect(bytes.length, place).toBeGreaterThan(100);
    expect(formsFound(bytes, forms), place).toEqual([]);
    expect(formsFound(bytes, keyringForms), `${place}: the keyring's own key`).toEqual([]);
  }
  expect(formsFound(Buffer.from(server.bundle), keyForms(server)).length, "the search finds what is there").toBeGreaterThanOrEqual(3);
  expect(
    places["the console's answers"].includes(first.certificate.split("\n")[1] ?? ""),
    "not even the certificate of a field with a key is shown as text",
  ).toBe(false);
  expect(places["the console's answers"].includes(first.fingerprint), "answers were recorded").toBe(true);
  rmSync(folder, { recursive: true });
});
