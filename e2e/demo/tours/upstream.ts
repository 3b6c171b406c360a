import { expect } from "@playwright/test";
import { siteNames } from "#e2e/demo/demo-sites.ts";
import type { Tour } from "#e2e/demo/tour.ts";

export const upstream: Tour = {
  title: "The origin knows that it talks to the sensor",
  async play({ say, ask, still, page, sitePage }) {
    const testOrigin = page.getByRole("button", { name: "Test origin", exact: true });
    const result = page.getByRole("status").filter({ hasText: "127.0.0.1 :" });
    await say("Upstream mTLS\n\nThis origin lets nobody in who shows no certificate. Suppose the sensor showed it none:");
    await sitePage.open(siteNames.open);
    await sitePage.checkbox("Upstream mTLS").scrollIntoViewIfNeeded();
    await sitePage.checkbox("Upstream mTLS").uncheck();
    await sitePage.saveAndServe(2);
    expect((await ask(siteNames.open)).status).toBe(502);

    await say("Why? The sensor can ask the origin itself, without changing anything.");
    await testOrigin.scrollIntoViewIfNeeded();
    await testOrigin.click();
    await expect(result).toContainText("Refuses callers without a client certificate");
    await still("origin-refuses");
    await say("It refuses callers without a client certificate, and the page says what to do.");

    await sitePage.checkbox("Upstream mTLS").scrollIntoViewIfNeeded();
    await sitePage.checkbox("Upstream mTLS").check();
    await say("The certificate is still stored. Before anything is saved: would it work? The sensor calls twice, without it and with it.");
    await testOrigin.scrollIntoViewIfNeeded();
    await testOrigin.click();
    await expect(result).toContainText("Asks for a client certificate and accepts this one");
    await still("origin-accepts");
    await say("It asks, and it accepts. Save.");
    await sitePage.saveAndServe(3);
    const answer = await ask(siteNames.open);
    expect(answer.status).toBe(200);
    expect(answer.body).toContain("CN=tessera-sensor");
    await say("The origin sees who called. Whoever goes past the sensor stays outside.");
  },
};
