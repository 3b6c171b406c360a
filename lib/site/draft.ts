import { guardMtls } from "#lib/site/feature.ts";
import { isObserving, settleObservation } from "#lib/site/observation.ts";
import { type PastedCredentials, readPastedCredentials } from "#lib/site/pasted-credentials.ts";
import { error, hasErrors, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { type CredentialsChange, type KeyField, newSite, type Site, type SiteDraft, type StoredCredentials } from "#lib/site/schema.ts";

/** A private key taken out of a draft, to be sealed before anything is stored: PKCS#8 and SPKI, both DER. */
export type DraftKey = { field: KeyField; pkcs8: Buffer; publicKey: Buffer; certificateBlocks: number[] };

/**
 * Makes of what a form submitted the site to judge and to store, and the keys to seal. Without the feature the mTLS
 * settings stay as they are stored, whatever the draft says, and a save that would stop or contradict them is refused.
 * An observation newly ticked begins `now`.
 */
export function resolveDraft(
  draft: SiteDraft,
  stored: Site | null,
  hasMtlsFeature: boolean,
  now: Date,
): Result<{ site: Site; keys: DraftKey[] }> {
  const { site, keys, problems, refusals } = openDraft(draft, stored, hasMtlsFeature, now);
  return hasErrors([...problems, ...refusals]) ? refuse(...problems, ...refusals) : ok({ site, keys });
}

/**
 * The same with the site also where credentials cannot be read (they are null in it), so that the rest can be judged all
 * the same. `refusals` are what the feature forbids: behind them nothing else may be told.
 */
export function openDraft(
  draft: SiteDraft,
  stored: Site | null,
  hasMtlsFeature: boolean,
  now: Date,
): { site: Site; keys: DraftKey[]; problems: Problem[]; refusals: Problem[] } {
  const before = stored ?? newSite;
  const ssl = resolveCredentials("sslCredentials", draft.sslCredentials, before.sslCredentials, draft.isSslEnabled);
  const isUpstreamMtls = draft.isUpstreamMtls ?? before.isUpstreamMtls;
  const upstream = resolveCredentials(
    "upstreamMtlsCredentials",
    draft.upstreamMtlsCredentials ?? { change: "keep" },
    before.upstreamMtlsCredentials,
    isUpstreamMtls,
  );
  const site: Site = {
    ...draft,
    hostName: draft.hostName.trim().toLowerCase(),
    observedUntil: settleObservation(draft.observedUntil, before.observedUntil, now.getTime()),
    isDownstreamMtls: draft.isDownstreamMtls ?? before.isDownstreamMtls,
    downstreamMtlsCredentials: draft.downstreamMtlsCredentials ?? before.downstreamMtlsCredentials,
    isUpstreamMtls,
    sslCredentials: ssl.credentials,
    upstreamMtlsCredentials: upstream.credentials,
  };
  // One that is over must not stand in the way of what an observation excludes.
  if (!isObserving(site.observedUntil, now.getTime()) && (site.isDownstreamMtls || !site.isSslEnabled)) site.observedUntil = null;
  const problems = [...checkHostNameKept(site, stored), ...ssl.problems, ...(hasMtlsFeature ? upstream.problems : [])];
  const refusals = hasMtlsFeature ? [] : guardMtls({ ...site, ...unreadUpstream(upstream) }, before, now);
  return { site, keys: hasMtlsFeature ? [...ssl.keys, ...upstream.keys] : ssl.keys, problems, refusals };
}

type Resolved = { credentials: StoredCredentials | null; keys: DraftKey[]; problems: Problem[] };

function resolveCredentials(field: KeyField, change: CredentialsChange, stored: StoredCredentials | null, isOn: boolean): Resolved {
  if (change.change === "keep") return { credentials: stored, keys: [], problems: [] };
  if (change.change === "clear") return { credentials: null, keys: [], problems: [] };
  if (change.text.trim() === "") {
    if (stored === null || !isOn) return { credentials: stored, keys: [], problems: [] };
    return failed([
      error(field, "credentials.empty", "Paste the new certificate and its private key here, or choose Cancel to keep what is stored."),
    ]);
  }
  const pasted = readPastedCredentials(field, change.text);
  return pasted.ok ? keep(field, pasted.value) : failed(pasted.problems);
}

function keep(field: KeyField, { certificates, certificateBlocks, key }: PastedCredentials): Resolved {
  const credentials = { certificates, publicKey: key.publicKey.toString("base64") };
  return { credentials, keys: [{ field, pkcs8: key.pkcs8, publicKey: key.publicKey, certificateBlocks }], problems: [] };
}

function failed(problems: Problem[]): Resolved {
  return { credentials: null, keys: [], problems };
}

/** Pasted credentials that cannot be read are a change as well: without the feature they are refused as one, not explained. */
function unreadUpstream(upstream: Resolved): Partial<Site> {
  return upstream.problems.length > 0 ? { upstreamMtlsCredentials: { certificates: "", publicKey: "" } } : {};
}

function checkHostNameKept(site: Site, stored: Site | null): Problem[] {
  if (stored === null || site.hostName === stored.hostName) return [];
  return [
    error(
      "hostName",
      "host-name.fixed",
      `The host name of a site cannot be changed from ${stored.hostName}. Add another site for the other name.`,
    ),
  ];
}
