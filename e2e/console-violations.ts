import type { Page } from "@playwright/test";

/** What a page tries against the Content Security Policy from now on, as the browser's console reports it. */
export function watchViolations(page: Page): string[] {
  const violations: string[] = [];
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) violations.push(`${page.url()}: ${message.text()}`);
  });
  return violations;
}
