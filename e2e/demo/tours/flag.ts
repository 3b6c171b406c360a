import { expect } from "@playwright/test";
import { siteNames, tenantNames } from "#e2e/demo/demo-sites.ts";
import type { Tour } from "#e2e/demo/tour.ts";
import { mtlsFeature } from "#lib/site/feature.ts";

export const flag: Tour = {
  title: "A tenant without the feature",
  async play({ say, still, page, sitePage, ask }) {
    await say(`The feature ${mtlsFeature}\n\nEach tenant has it or has it not. ${tenantNames.without} has not.`);
    await page.getByRole("button", { name: /Tenant/ }).click();
    await page.getByRole("menuitemradio", { name: tenantNames.without }).click();
    await expect(page.getByRole("button", { name: `Tenant ${tenantNames.without}` })).toBeVisible();
    await sitePage.open(siteNames.withoutFeature);
    await expect(sitePage.checkbox("Downstream mTLS")).toHaveCount(0);
    await sitePage.checkbox("SSL/TLS Terminate Only").scrollIntoViewIfNeeded();
    await still("flag-off");
    await say("Its sites have no mTLS settings, and the server refuses them too, not only the page.");
    expect((await ask(siteNames.withoutFeature)).status).toBe(200);

    await say("A Channel Admin turns the feature on.");
    await page.getByRole("link", { name: "Features" }).click();
    await page.getByRole("checkbox", { name: mtlsFeature }).check();
    await sitePage.open(siteNames.withoutFeature);
    await expect(sitePage.checkbox("Downstream mTLS")).toBeVisible();
    await sitePage.checkbox("Downstream mTLS").scrollIntoViewIfNeeded();
    await still("flag-on");
    await say("The settings are there. Taken away again, what is stored goes on being enforced.");
  },
};
