import { parse } from "tldts";
import { error, type Problem } from "#lib/site/problem.ts";

const longestName = 253;
const longestLabel = 63;

/**
 * The one normal form of a host name, used for stored names, SNI, Host and :authority alike: ASCII, lower case, no
 * trailing dot. `null` when it is no host name (RFC 1123 §2.1) or an address in disguise. One pass, no pattern.
 */
export function normaliseHostName(text: string): string | null {
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  if (name.length === 0 || name.length > longestName) return null;
  let labelStart = 0;
  for (let index = 0; index <= name.length; index++) {
    const code = index === name.length ? dot : name.charCodeAt(index);
    if (code !== dot) {
      if (!isNameCharacter(code)) return null;
      continue;
    }
    const length = index - labelStart;
    if (length === 0 || length > longestLabel) return null;
    if (name.charCodeAt(labelStart) === hyphen || name.charCodeAt(index - 1) === hyphen) return null;
    labelStart = index + 1;
  }
  if (endsInNumber(name)) return null;
  return name.toLowerCase();
}

/**
 * The host name in a Host header or an :authority (RFC 9110 §7.2): an optional port is taken off, user information,
 * addresses and anything else that is no plain name give `null`.
 */
export function hostOfAuthority(authority: string): string | null {
  const colon = authority.indexOf(":");
  if (colon === -1) return normaliseHostName(authority);
  return isPort(authority.slice(colon + 1)) ? normaliseHostName(authority.slice(0, colon)) : null;
}

/** Whether `text` may become a site's host name; each problem names what to type instead. */
export function checkHostName(text: string): Problem[] {
  const refuseName = (code: string, message: string) => [error("hostName", code, message)];
  if (text.trim() === "") return refuseName("host-name.missing", "Enter the host name this site answers to, for example shop.example.com.");
  if (text.includes("/")) return refuseName("host-name.url", "Enter the host name alone, without https:// and without a path.");
  if (text.startsWith("*."))
    return refuseName(
      "host-name.wildcard",
      `Enter ${shorten(text.slice(2))} and tick Wildcard Subdomains Enabled instead of typing the asterisk.`,
    );
  if (isAddress(text))
    return refuseName(
      "host-name.address",
      "An IP address cannot be a site’s host name, because clients send no name for it. Enter a DNS name.",
    );
  if (text.includes(":"))
    return refuseName("host-name.port", "Enter the host name without a port. The ports clients reach are set for the whole sensor.");
  if (text.endsWith(".")) return refuseName("host-name.trailing-dot", "Leave out the dot at the end of the host name.");
  return checkSpelling(text) ?? checkSuffix(text);

  function checkSpelling(name: string): Problem[] | null {
    const normal = normaliseHostName(name);
    if (normal === name && asciiForm(name) === name) return null;
    if (normal !== null && asciiForm(normal) === normal)
      return refuseName("host-name.upper-case", `Write the host name in lower case: ${normal}.`);
    const ascii = asciiForm(name);
    if (ascii !== null && !isAscii(name)) return refuseName("host-name.not-ascii", `Write the host name in its ASCII form: ${ascii}.`);
    return refuseName(
      "host-name.malformed",
      "A host name consists of labels of letters, digits and inner hyphens, each at most 63 characters, joined by dots, for example shop.example.com.",
    );
  }

  function checkSuffix(name: string): Problem[] {
    const { publicSuffix, isIcann, isPrivate } = parse(name, { allowPrivateDomains: true });
    if (publicSuffix !== name || !(isIcann || isPrivate)) return [];
    return refuseName(
      "host-name.public-suffix",
      `${name} is a public suffix under which many owners hold names. Enter a name below it, for example shop.${name}.`,
    );
  }
}

/** The names a site answers to, as certificates write them. */
export function namesOf(site: { hostName: string; isWildcard: boolean }): string[] {
  return site.isWildcard ? [site.hostName, `*.${site.hostName}`] : [site.hostName];
}

const dot = 0x2e;
const hyphen = 0x2d;

function isNameCharacter(code: number): boolean {
  return isDigit(code) || (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === hyphen;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** URL parsers read a name whose last label is a number, decimal or 0x…, as an IPv4 address (WHATWG URL §3.5). */
function endsInNumber(name: string): boolean {
  const last = name.slice(name.lastIndexOf(".") + 1);
  const digits = last.startsWith("0x") || last.startsWith("0X") ? last.slice(2) : last;
  return /^[0-9]*$/.test(digits) || (digits !== last && /^[0-9a-fA-F]*$/.test(digits));
}

function isPort(text: string): boolean {
  return text.length > 0 && text.length <= 5 && /^[0-9]+$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
}

function isAddress(text: string): boolean {
  return text.startsWith("[") || text.split(":").length > 2 || (/^[0-9a-fA-FxX.]+$/.test(text) && endsInNumber(text));
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** The name's A-labels, or `null`; the URL parser applies UTS 46 in browsers and Node alike. */
function asciiForm(name: string): string | null {
  if (/[\s/?#@:\\%]/.test(name)) return null;
  const url = URL.parse(`http://${name}`);
  return url === null ? null : normaliseHostName(url.hostname);
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
