import { isHeaderName, isReservedHeader } from "#lib/site/header-name.ts";
import { error, type Problem } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";

/** At most this many headers may be set on a site's responses. */
export const mostResponseHeaders = 50;

/** What stands against the Custom Response Headers, under `responseHeaders.N.name` or `responseHeaders.N.value`. */
export function checkResponseHeaders(headers: Site["responseHeaders"]): Problem[] {
  const problems: Problem[] = [];
  if (headers.length > mostResponseHeaders)
    problems.push(
      error(
        "responseHeaders",
        "header.too-many",
        `At most ${mostResponseHeaders} headers can be set. Remove ${headers.length - mostResponseHeaders}.`,
      ),
    );
  const seen = new Set<string>();
  for (const [index, { name, value }] of headers.slice(0, mostResponseHeaders).entries()) {
    problems.push(...checkName(`responseHeaders.${index}.name`, name, seen), ...checkValue(`responseHeaders.${index}.value`, value));
    seen.add(name.toLowerCase());
  }
  return problems;
}

function checkName(path: string, name: string, seen: Set<string>): Problem[] {
  if (name === "") return [error(path, "header.no-name", "Enter the header’s name, or remove this row.")];
  if (!isHeaderName(name))
    return [error(path, "header.bad-name", "A header name has letters, digits and hyphens only, for example X-Frame-Options.")];
  if (isReservedHeader(name))
    return [error(path, "header.reserved", `${name} is set by the sensor itself, because it governs the connection. Remove this row.`)];
  if (seen.has(name.toLowerCase())) return [error(path, "header.duplicate", `${name} stands here twice. Keep one row.`)];
  return [];
}

/** Field values here are visible ASCII with inner spaces: nothing that could end the line (RFC 9110 §5.5). */
function checkValue(path: string, value: string): Problem[] {
  if (value === "") return [error(path, "header.no-value", "Enter the header’s value, or remove this row.")];
  if (/^[\x21-\x7e]$|^[\x21-\x7e][\x20-\x7e]*[\x21-\x7e]$/.test(value)) return [];
  return [
    error(
      path,
      "header.bad-value",
      "A header value has visible ASCII characters and spaces between them only. Remove line breaks, other characters, and spaces at its ends.",
    ),
  ];
}
