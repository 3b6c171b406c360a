import { expect } from "@playwright/test";
import { siteNames } from "#e2e/demo/demo-sites.ts";
import type { Tour } from "#e2e/demo/tour.ts";

export const rotateCa: Tour = {
  title: "A new CA without downtime",
  async play({ say, ask, still, sitePage, world }) {
    const { partnerBundle, nextRoot } = world.pki;
    await say("A new CA, without downtime\n\nThe partners' CA is replaced. Some have a certificate of the new one already.");
    expect((await ask(siteNames.both, "partner-20-next-ca")).status).toBe(403);
    expect((await ask(siteNames.both, "partner-17")).status).toBe(200);

    await sitePage.open(siteNames.both);
    await sitePage.checkbox("Downstream mTLS").scrollIntoViewIfNeeded();
    await say("First the overlap: the new CA stands beside the old one.");
    await sitePage.fill("Downstream mTLS Credentials", partnerBundle + nextRoot.certificate);
    await still("rotate-overlap");
    await sitePage.saveAndServe(2);
    await say("Adding a CA breaks no connection. Now both get in:");
    expect((await ask(siteNames.both, "partner-17")).status).toBe(200);
    expect((await ask(siteNames.both, "partner-20-next-ca")).status).toBe(200);

    await say("When everybody has moved, the old CA goes.");
    await sitePage.fill("Downstream mTLS Credentials", nextRoot.certificate);
    await sitePage.saveAndServe(3);
    expect((await ask(siteNames.both, "partner-20-next-ca")).status).toBe(200);
    await say("And who still comes with a certificate of the old one is refused:");
    expect((await ask(siteNames.both, "partner-17")).status).toBe(403);
  },
};
