import { expect } from "@playwright/test";
import { siteNames } from "#e2e/demo/demo-sites.ts";
import type { Tour } from "#e2e/demo/tour.ts";

export const lockedOut: Tour = {
  title: "Whom would this lock out?",
  async play({ say, ask, still, page, sitePage, world }) {
    await say("Whom would this lock out?\n\nA partner uses this API every day.");
    expect((await ask(siteNames.both, "partner-17")).status).toBe(200);

    await say("An admin replaces the CA by the new one, and forgets that partners still use the old one.");
    await sitePage.open(siteNames.both);
    await sitePage.field("Downstream mTLS Credentials").scrollIntoViewIfNeeded();
    await sitePage.fill("Downstream mTLS Credentials", world.pki.nextRoot.certificate);
    const figures = page.getByRole("region", { name: "Who would be locked out" });
    await expect(figures).toContainText("0 of 1 known callers keep access; 1 loses it: signed by Demo Partner Issuing CA.");
    await figures.scrollIntoViewIfNeeded();
    await figures.getByRole("link", { name: "See" }).click();
    await still("locked-out-preview");
    await say("Before Save the page says who loses access, from what the sensor has seen. The list names them.");

    await say("They save all the same.");
    await sitePage.saveAndServe(2);
    expect((await ask(siteNames.both, "partner-17")).status).toBe(403);

    await say("The partner calls. The tab History brings back what was there before.");
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("button", { name: "Restore revision 1" }).click();
    await still("locked-out-restore");
    await page.getByRole("button", { name: "Restore as revision 3" }).click();
    await expect(page.getByRole("status").filter({ hasText: "Serving revision 3" })).toBeVisible();
    expect((await ask(siteNames.both, "partner-17")).status).toBe(200);
    await say("Nothing was lost: the mistake is revision 2, and its repair is revision 3.");
  },
};
