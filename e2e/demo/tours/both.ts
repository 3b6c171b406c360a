import { expect } from "@playwright/test";
import { siteNames } from "#e2e/demo/demo-sites.ts";
import type { Tour } from "#e2e/demo/tour.ts";

export const both: Tour = {
  title: "Certificates on both sides",
  async play({ say, ask, still, page, sitePage }) {
    await say("Both directions\n\nClients prove to the sensor who they are; the sensor proves to the origin that it is the sensor.");
    await sitePage.open(siteNames.both);
    await sitePage.checkbox("Downstream mTLS").evaluate((box) => box.scrollIntoView({ block: "start" }));
    await still("both-directions");
    await say("Downstream: these CAs admit clients.");
    await sitePage.stored("Upstream mTLS Credentials").scrollIntoViewIfNeeded();
    await expect(sitePage.stored("Upstream mTLS Credentials")).toContainText("tessera-sensor");
    await say("Upstream: what the origin is shown. The private key is stored sealed, and no page shows it again.");

    await say("A partner asks. The origin sees the sensor's certificate.");
    const answer = await ask(siteNames.both, "partner-17");
    expect(answer.body).toContain("CN=tessera-sensor");
    await say("A partner whose certificate has expired:");
    expect((await ask(siteNames.both, "partner-18-expired")).status).toBe(403);
    await say("Nobody at all:");
    expect((await ask(siteNames.both)).status).toBe(403);
    await page.mouse.wheel(0, -4_000);
    await say("The two checkboxes are independent: each can be on without the other.");
  },
};
