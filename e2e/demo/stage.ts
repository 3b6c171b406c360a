import type { Page } from "@playwright/test";
import { type Answer, call } from "#e2e/client.ts";
import type { PartnerName } from "#e2e/demo/demo-pki.ts";
import type { DemoWorld } from "#e2e/demo/demo-world.ts";
import { captionMarkup, terminalMarkup } from "#e2e/demo/overlay.ts";
import { SitePage } from "#e2e/pages/site-page.ts";

export type StageOptions = {
  /** 1 is a human pace, 2 twice as fast; infinite: no pause and nothing laid over the page. */
  speed: number;
  /** Keeps a picture of a moment under a name. */
  keepStill: (name: string, page: Page) => Promise<void>;
};

/** Where a tour plays: the page, the people outside, and what the audience is told. */
export type Stage = {
  world: DemoWorld;
  page: Page;
  sitePage: SitePage;
  /** Says a sentence beside the page and leaves the time to read it. */
  say(text: string): Promise<void>;
  /** Calls a site as a partner, or as somebody without a certificate, and shows the call with its answer as a terminal does. */
  ask(hostName: string, client?: PartnerName): Promise<Answer>;
  /** A picture of this moment, named. */
  still(name: string): Promise<void>;
};

const wordMs = 300;
const leastMs = 1_600;

export function setStage(page: Page, world: DemoWorld, { speed, keepStill }: StageOptions): Stage {
  const isPlayed = Number.isFinite(speed);
  const caption = overlay(page);
  const terminal = overlay(page);
  return { world, page, sitePage: new SitePage(page), say, ask, still: (name) => keepStill(name, page) };

  async function say(text: string): Promise<void> {
    if (!isPlayed) return;
    await terminal.clear();
    await caption.show(captionMarkup(text));
    await pause(text);
  }

  async function ask(hostName: string, client?: PartnerName): Promise<Answer> {
    const port = world.product.ports.SENSOR_HTTPS_PORT;
    const identity = client && world.pki.partners[client];
    const answer = await call({ port, hostName, ca: world.pki.webAuthority.certificate, client: identity });
    if (!isPlayed) return answer;
    const command = `curl${client ? ` --cert ${client}.crt --key ${client}.key` : ""} https://${hostName}/`;
    const body = answer.body.trim();
    const output = answer.status === 200 ? body : `HTTP ${answer.status}  ${body}`;
    await terminal.show(terminalMarkup(command, output));
    await pause(output);
    return answer;
  }

  async function pause(text: string): Promise<void> {
    await page.waitForTimeout(Math.max(leastMs, text.split(/\s+/).length * wordMs) / speed);
  }
}

/** One thing laid over the page at a time; it stays when the page changes. */
function overlay(page: Page) {
  let shown: { dispose(): Promise<void> } | undefined;
  const clear = async () => {
    await shown?.dispose();
    shown = undefined;
  };
  return {
    clear,
    async show(markup: string) {
      await clear();
      shown = await page.screencast.showOverlay(markup);
    },
  };
}
