import type { KeyObject } from "node:crypto";
import type { OriginTestInput } from "#lib/channel/origin-test.ts";
import { createFinePace } from "#lib/pki/pace.ts";
import { checkHostName } from "#lib/site/hostname.ts";
import { compileOriginSide, type OriginSide } from "#lib/site/origin-side.ts";
import { usesOriginTls } from "#lib/site/origin-tls.ts";
import { error, hasErrors, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { newSite, type Site, type StoredCredentials } from "#lib/site/schema.ts";
import { readSitePemInSlices } from "#lib/site/site-pem.ts";
import type { SensorStore } from "#lib/store/store.ts";
import type { Asking } from "#sensor/answerer.ts";
import { KeyFailure, type OpenStoredKey, readKey } from "#sensor/stored-keys.ts";

const field = "upstreamMtlsCredentials";

/** The origin's side of a draft, with the key that fits its client certificate, null where it has none. */
export type ReadOriginDraft = (
  input: OriginTestInput,
  asking: Pick<Asking, "tenantId" | "openSecret">,
) => Promise<Result<{ side: OriginSide; key: KeyObject | null }>>;

export type OriginDraftOptions = { store: Pick<SensorStore, "sites">; openKey: OpenStoredKey; now: () => Date };

/**
 * Reads what a test of an origin is asked with. A stored certificate and its key come out of the store by the tenant and the
 * site that the question was authorised for, and only of that site's current revision: the question can name no key.
 */
export function createOriginDraftReader({ store, openKey, now }: OriginDraftOptions): ReadOriginDraft {
  return async (input, asking) => {
    const { siteId, settings, credentials } = input;
    const stored = siteId === null ? null : await store.sites.get(asking.tenantId, siteId);
    if (siteId !== null && stored === null) return refuse(notThere);
    const current = stored?.site.ok ? stored.site.value : null;
    if (stored !== null && current?.hostName !== settings.hostName) return refuse(otherName);
    if (credentials.kind === "stored" && stored?.revision !== credentials.revision) return refuse(stale);
    const used =
      credentials.kind === "pasted" ? credentials.credentials : credentials.kind === "stored" ? (current?.[field] ?? null) : null;
    if (credentials.kind === "stored" && used === null) return refuse(noneStored);

    const site: Site = { ...newSite, ...settings, isUpstreamMtls: used !== null && usesOriginTls(settings), [field]: used };
    const { value: side, problems } = compileOriginSide(site, now(), await readSitePemInSlices(site, createFinePace()));
    const all = [...checkHostName(settings.hostName), ...problems];
    if (side === null || hasErrors(all)) return refuse(...all);
    if (side.upstream === null || used === null) return ok({ side, key: null });
    try {
      return ok({ side, key: await keyOf(used) });
    } catch (failure) {
      if (failure instanceof KeyFailure) return refuse(error(field, failure.code, failure.message));
      throw failure;
    }

    async function keyOf({ publicKey }: StoredCredentials): Promise<KeyObject> {
      const spki = Buffer.from(publicKey, "base64");
      if (credentials.kind === "stored" && siteId !== null) return openKey(siteId, field, spki);
      const pkcs8 = await asking.openSecret();
      if (pkcs8 === null) throw new KeyFailure(field, "key.missing", "The private key of these credentials did not come with them.");
      return readKey(field, pkcs8, spki);
    }
  };
}

const notThere = error("", "site.not-found", "This site does not exist any more. Copy what you still need and go back to Sites.");
const otherName = error(
  "hostName",
  "host-name.fixed",
  "The site is stored with another host name, or cannot be read. Load the page again.",
);
const stale = error(
  "",
  "site.stale",
  "The site was saved meanwhile, so it is not certain which stored certificate is meant. Load the newer revision, then test again.",
);
const noneStored: Problem = error(field, "mtls.no-credentials", "No client certificate is stored for this site. Paste one with its key.");
