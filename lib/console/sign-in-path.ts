/** The header in which the console's server tells Next the path that was asked for; what a client sends is overwritten. */
export const pathHeader = "x-tessera-path";

/** Where to sign in, with the way back. */
export function signInPath(from: string | null): string {
  const back = localPath(from);
  return back === null || back === "/" ? "/login" : `/login?next=${encodeURIComponent(back)}`;
}

/** A path of this console, null for anything a browser could take for another site's address. */
export function localPath(path: unknown): string | null {
  if (typeof path !== "string" || !/^\/(?![/\\])/.test(path) || /[\\\s]/.test(path)) return null;
  const url = URL.parse(path, "http://console.invalid");
  // Judged once more with its dots resolved: of "/.//host" they leave "//host", another site's address.
  if (url?.origin !== "http://console.invalid" || /^\/(\/|(login|setup|invitation|reset)\b)/.test(url.pathname)) return null;
  return url.pathname + url.search;
}
