/**
 * Whether the header concerns one connection only (RFC 9110 §7.6.1), or is `Proxy`, which a CGI program takes for its own
 * setting (CVE-2016-5385). `name` is in lower case; `_` and `.` count as `-`, because many origins read them so.
 */
export function isHopByHop(name: string): boolean {
  const plain = plainName(name);
  return hopByHop.has(plain) || plain.startsWith("proxy-");
}

/** The header names a Connection header removes, in lower case. */
export function nominatedBy(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined) return none;
  return new Set(
    connection
      .toLowerCase()
      .split(",")
      .map((option) => option.trim()),
  );
}

const none: ReadonlySet<string> = new Set();

/** A header's name as a gateway interface that knows only letters and one separator would read it. */
export function plainName(name: string): string {
  return name.includes("_") || name.includes(".") ? name.replace(/[_.]/g, "-") : name;
}

const hopByHop = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy",
  "te",
  "trailer",
  "trailers",
  "transfer-encoding",
  "upgrade",
]);
