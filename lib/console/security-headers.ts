/** The headers of every answer of the console; `origin` is what it was asked as, null when that was not one of its own. */
export function securityHeaders(policy: string, origin: string | null): [name: string, value: string][] {
  const headers: [string, string][] = [
    ["Content-Security-Policy", policy],
    ["Cross-Origin-Opener-Policy", "same-origin"],
    ["Cross-Origin-Resource-Policy", "same-origin"],
    ["Permissions-Policy", permissions],
    // Not "no-referrer": under it browsers send "Origin: null" with the console's own forms.
    ["Referrer-Policy", "same-origin"],
    ["X-Content-Type-Options", "nosniff"],
    ["X-Frame-Options", "DENY"],
  ];
  // A host has one such rule for all its ports: on localhost it would reach every other program of the machine.
  const isKeptToHttps = origin?.startsWith("https://") && new URL(origin).hostname !== "localhost";
  return isKeptToHttps ? [...headers, ["Strict-Transport-Security", "max-age=31536000"]] : headers;
}

/**
 * What a page may load: the console's own files, and inline only what carries the request's nonce. Next reads the
 * nonce from this header of the request. Without 'strict-dynamic': with it Chromium also runs inline scripts that a
 * page's own code has added. In development React needs eval and Next inlines its styles.
 */
export function contentSecurityPolicy(nonce: string, isDevelopment: boolean): string {
  const development = isDevelopment ? " 'unsafe-eval'" : "";
  return [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'${development}`,
    `style-src 'self' ${isDevelopment ? "'unsafe-inline'" : `'nonce-${nonce}'`}`,
    "img-src 'self'",
    "font-src 'self'",
    `connect-src 'self'${isDevelopment ? " ws: wss:" : ""}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

const features = [
  "accelerometer",
  "camera",
  "display-capture",
  "geolocation",
  "gyroscope",
  "microphone",
  "midi",
  "payment",
  "serial",
  "usb",
];
const permissions = [...features.map((feature) => `${feature}=()`), "clipboard-write=(self)"].join(", ");
