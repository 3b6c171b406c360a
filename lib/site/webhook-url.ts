import { isIP } from "node:net";
import { normaliseHostName } from "#lib/site/hostname.ts";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";

/** Where a webhook goes: `hostName` is a name in normal form or an address without brackets, `path` holds the query too. */
export type WebhookUrl = { href: string; hostName: string; port: number; path: string };

/** Reads what was typed; only its syntax, because what a name leads to is judged at every connect. */
export function readWebhookUrl(text: string): Result<WebhookUrl> {
  const url = URL.parse(text.trim());
  if (url === null) return refused("webhook.malformed", "Enter the whole address, for example https://hooks.example.com/tessera.");
  if (url.protocol !== "https:")
    return refused("webhook.not-https", "Enter an address that begins with https://. Notices are never sent in clear text.");
  if (url.username !== "" || url.password !== "")
    return refused("webhook.credentials", "Leave user name and password out of the address. The signature tells the receiver who calls.");
  if (url.hash !== "") return refused("webhook.fragment", "Leave out what follows the #: it is never sent.");
  const bare = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const hostName = isIP(bare) === 0 ? normaliseHostName(bare) : bare;
  if (hostName === null) return refused("webhook.malformed", "The host name in this address is not one. Check its spelling.");
  return ok({ href: url.href, hostName, port: url.port === "" ? 443 : Number(url.port), path: `${url.pathname}${url.search}` });
}

function refused(code: string, message: string): Result<never> {
  return refuse(error("url", code, message));
}
