import { expect, test } from "vitest";
import { readWebhookUrl } from "#lib/site/webhook-url.ts";

test.each([
  ["https://hooks.example.com/T/B?token=x", { hostName: "hooks.example.com", port: 443, path: "/T/B?token=x" }],
  [" https://HOOKS.example.com:8443 ", { hostName: "hooks.example.com", port: 8443, path: "/" }],
  ["https://[2001:db8::5]/x", { hostName: "2001:db8::5", port: 443, path: "/x" }],
  ["https://2130706433/", { hostName: "127.0.0.1", port: 443, path: "/" }],
])("reads %s", (text, parts) => {
  expect(readWebhookUrl(text)).toMatchObject({ ok: true, value: parts });
});

test.each([
  ["", "webhook.malformed"],
  ["hooks.example.com", "webhook.malformed"],
  ["https://", "webhook.malformed"],
  ["https://a_b.test/", "webhook.malformed"],
  ["http://hooks.example.com/", "webhook.not-https"],
  ["ftp://hooks.example.com/", "webhook.not-https"],
  ["javascript:alert(1)", "webhook.not-https"],
  ["https://user@hooks.example.com/", "webhook.credentials"],
  ["https://:secret@hooks.example.com/", "webhook.credentials"],
  ["https://hooks.example.com/#part", "webhook.fragment"],
])("refuses %s under its field", (text, code) => {
  expect(readWebhookUrl(text)).toMatchObject({ ok: false, problems: [{ path: "url", code }] });
});
