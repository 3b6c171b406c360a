import { writeFile } from "node:fs/promises";
import { chromium, type Page } from "@playwright/test";
import { browserOptions } from "#playwright.config.ts";

/** A film of a page that is being made; `save` ends it and writes a WebM file. */
export type Film = { save(file: string): Promise<void> };

type Size = { width: number; height: number };

/**
 * Films a page. Playwright's own films need an ffmpeg that comes with its download of a browser; a machine with a
 * Chromium of its own has none. So the frames go to a second browser, whose MediaRecorder makes the film.
 */
export async function recordFilm(page: Page, size: Size): Promise<Film> {
  const cutter = await chromium.launch({ ...browserOptions, headless: true });
  const table = await cutter.newPage();
  await table.evaluate(beginFilm, size);
  let isOver = false;
  let drawing: Promise<unknown> = Promise.resolve();
  const onFrame = ({ data }: { data: Buffer }) => {
    if (!isOver) drawing = drawing.then(() => table.evaluate((frame) => window.drawFrame?.(frame), data.toString("base64")));
    return drawing;
  };
  await page.screencast.start({ onFrame, size, quality: 90 });
  return {
    async save(file) {
      await page.screencast.stop();
      isOver = true;
      await drawing;
      const film = await table.evaluate(() => window.endFilm?.());
      await cutter.close();
      await writeFile(file, Buffer.from(film ?? "", "base64"));
    },
  };
}

/** Runs in the second browser's page: a canvas that takes the frames, and what records it. */
function beginFilm({ width, height }: Size): void {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  document.body.append(canvas);
  const brush = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm;codecs=vp8", videoBitsPerSecond: 4_000_000 });
  const parts: Blob[] = [];
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.start(1_000);
  window.drawFrame = async (frame) => {
    const bytes = Uint8Array.from(atob(frame), (character) => character.charCodeAt(0));
    brush?.drawImage(await createImageBitmap(new Blob([bytes], { type: "image/jpeg" })), 0, 0, width, height);
  };
  window.endFilm = async () => {
    await new Promise((resolve) => {
      recorder.onstop = resolve;
      recorder.stop();
    });
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  };
}

declare global {
  interface Window {
    drawFrame?: (frame: string) => Promise<void>;
    endFilm?: () => Promise<string>;
  }
}
