import { expect } from "@playwright/test";
import { siteNames } from "#e2e/demo/demo-sites.ts";
import type { Tour } from "#e2e/demo/tour.ts";

export const downstream: Tour = {
  title: "Only partners get in",
  async play({ say, ask, still, page, sitePage, world }) {
    await say("Downstream mTLS\n\nWho may call this API? Today: everybody.");
    expect((await ask(siteNames.open)).status).toBe(200);

    await say("An admin opens the site.");
    await sitePage.open(siteNames.open);
    await sitePage.checkbox("Downstream mTLS").scrollIntoViewIfNeeded();
    await say("One checkbox, and the CAs that partners' certificates come from.");
    await sitePage.checkbox("Downstream mTLS").check();
    await sitePage.fill("Downstream mTLS Credentials", world.pki.partnerBundle);
    await still("downstream-draft");
    await say("Save. A moment later the sensor enforces it.");
    await sitePage.saveAndServe(2);
    await page.mouse.wheel(0, -4_000);
    await still("downstream-serving");

    await say("A stranger asks again …");
    expect((await ask(siteNames.open)).status).toBe(403);
    await say("… and somebody with a certificate of another CA …");
    expect((await ask(siteNames.open, "partner-99-other-ca")).status).toBe(403);
    await say("… and the partner.");
    expect((await ask(siteNames.open, "partner-17")).status).toBe(200);
    await say("Nothing that was refused has reached the origin. And why was it refused?");
    await page.getByRole("tab", { name: "Activity" }).click();
    await expect(page.getByRole("tab", { name: "Activity", selected: true })).toBeVisible();
    const clients = page.getByRole("table", { name: "Clients by certificate" });
    const stranger = clients.getByRole("row").filter({ hasText: "partner-99" });
    // What happened is written a moment later.
    await expect(async () => {
      if ((await stranger.count()) === 0) await page.reload();
      await expect(stranger).toContainText("Somebody Else's CA", { timeout: 2_000 });
    }).toPass();
    await stranger.scrollIntoViewIfNeeded();
    await still("activity");
    await say("The tab Activity says it for each client, with the next step and whose it is.");
  },
};
