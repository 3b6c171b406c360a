import { expect, type Locator, type Page } from "@playwright/test";

type Checkbox =
  | "Wildcard Subdomains Enabled"
  | "HTTP2 Enabled"
  | "SSL/TLS Enabled"
  | "SSL/TLS Terminate Only"
  | "Redirect HTTP traffic to HTTPS"
  | "Observe clients"
  | "Downstream mTLS"
  | "Upstream mTLS"
  | "Verify Origin Certificate"
  | "Set Real IP From";

type TextField =
  | "Host Name"
  | "Origin"
  | "Origin CA Certificates"
  | "Origin Server Name"
  | "Downstream mTLS Credentials"
  | "Upstream mTLS Credentials"
  | "Trusted Sources";

/** Site Details as a person sees it: by role and accessible name alone. */
export class SitePage {
  readonly page: Page;
  readonly status: Locator;

  constructor(page: Page) {
    this.page = page;
    this.status = page.getByRole("status").filter({ hasText: /revision|Waiting/ });
  }

  async openNew() {
    await this.page.goto("/settings/sites/new");
    await expect(this.page.getByRole("heading", { name: "Site Details" })).toBeVisible();
  }

  /** Through the console as an admin goes: Settings → Sites → Edit Site. */
  async open(hostName: string) {
    await this.page.goto("/settings/sites");
    await this.page.getByRole("link", { name: `Edit Site ${hostName}`, exact: true }).click();
    await expect(this.page.getByRole("heading", { name: "Site Details" })).toBeVisible();
  }

  checkbox(name: Checkbox): Locator {
    return this.page.getByRole("checkbox", { name, exact: true });
  }

  field(name: TextField): Locator {
    return this.page.getByRole("textbox", { name, exact: true });
  }

  /** What is stored of a field that holds a private key. */
  stored(name: "SSL Credentials" | "Upstream mTLS Credentials"): Locator {
    return this.page.getByRole("group", { name, exact: true });
  }

  async fill(name: TextField, text: string) {
    await this.field(name).fill(text);
  }

  async fillNumber(name: string, value: number) {
    await this.page.getByRole("spinbutton", { name, exact: true }).fill(String(value));
  }

  async applySslCredentials(text: string) {
    await this.page.getByRole("button", { name: "Edit SSL Credentials" }).click();
    const dialog = this.page.getByRole("dialog");
    await expect(dialog.getByRole("textbox", { name: "SSL Credentials" })).toHaveValue("");
    await dialog.getByRole("textbox", { name: "SSL Credentials" }).fill(text);
    await dialog.getByRole("button", { name: "Apply" }).click();
    await expect(dialog).toBeHidden();
  }

  async replaceUpstreamCredentials(text: string) {
    await this.stored("Upstream mTLS Credentials").getByRole("button", { name: "Replace" }).click();
    await this.fill("Upstream mTLS Credentials", text);
  }

  async save() {
    await this.page.getByRole("button", { name: "Save", exact: true }).click();
  }

  /** Saves and waits until the sensor serves what was saved. */
  async saveAndServe(revision: number) {
    await this.save();
    await expect(this.status).toContainText(`Serving revision ${revision}`);
  }

  /** Types a text that is refused under its field, and takes it away again. */
  async expectRefusedText(name: TextField, text: string) {
    await this.fill(name, text);
    await this.save();
    await expect(this.field(name)).toHaveAttribute("aria-invalid", "true");
    await this.fill(name, "");
  }

  /** Saves and expects the refusal under its field, with the page's `revision` still the stored one. */
  async expectRefused(field: Locator, message: RegExp) {
    await this.save();
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(field).toHaveAccessibleDescription(message);
  }
}
