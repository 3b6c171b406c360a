import type { Certificate } from "#lib/pki/certificate.ts";
import type { Origin } from "#lib/site/origin.ts";
import type { OriginTls } from "#lib/site/origin-tls.ts";
import type { Problem } from "#lib/site/problem.ts";
import type { RealIp } from "#lib/site/real-ip.ts";

/**
 * A site as the sensor serves it: frozen, without private keys, never serialised (JSON.stringify throws) and never
 * logged. Chains are PEM, leaf first; public keys are SPKI in DER; the `anchors` of `downstream` are never empty.
 */
export type CompiledSite = Readonly<{
  hostName: string;
  names: readonly string[];
  isHttp2Enabled: boolean;
  tls: null | Readonly<{
    certificateChain: string;
    publicKey: Buffer;
    minVersion: "TLSv1.2" | "TLSv1.3";
    certificates: readonly Certificate[];
  }>;
  downstream: null | Readonly<{ anchors: readonly Certificate[]; anchorsPem: readonly string[] }>;
  /** Clients are asked for a certificate `until` (milliseconds since 1970), and nobody is refused; never beside `downstream`. */
  observation: null | Readonly<{ until: number; anchors: readonly Certificate[]; anchorsPem: readonly string[] }>;
  upstream: null | Readonly<{ certificateChain: string; publicKey: Buffer; certificates: readonly Certificate[] }>;
  isTerminateOnly: boolean;
  isHttpRedirected: boolean;
  origin: Readonly<Origin>;
  originHttpPort: number;
  originHttpsPort: number;
  originTls: Readonly<OriginTls>;
  /** What `originTls` trusts, read; empty where that is Node's own roots. */
  originAuthorities: readonly Certificate[];
  maxBodySizeBytes: number;
  readTimeoutMs: number;
  sendTimeoutMs: number;
  realIp: null | Readonly<RealIp>;
  responseHeaders: readonly Readonly<{ name: string; value: string }>[];
  warnings: readonly Problem[];
}>;

/** Freezes a compiled site as a whole and makes writing it out an error, also inside a log line or a cache. */
export function sealCompiledSite(site: CompiledSite): CompiledSite {
  Object.defineProperty(site, "toJSON", { value: forbidJson });
  Object.defineProperty(site, Symbol.for("nodejs.util.inspect.custom"), { value: () => `CompiledSite(${site.hostName})` });
  return freezeDeep(site);
}

/** The same for serving alone: of its own certificates the text stays, and not what was read out of it, which is most of a site's memory. */
export function withoutDetails(site: CompiledSite): CompiledSite {
  const { tls, upstream } = site;
  return sealCompiledSite({
    ...site,
    tls: tls && { ...tls, certificates: [] },
    upstream: upstream && { ...upstream, certificates: [] },
    warnings: [],
  });
}

function forbidJson(): never {
  throw new TypeError("A compiled site is never serialised: write its host name and revision instead.");
}

function freezeDeep<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return value;
  for (const inner of Object.values(value)) freezeDeep(inner);
  return Object.freeze(value);
}
