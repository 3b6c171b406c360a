import { withoutEndedObservation } from "#lib/site/observation.ts";
import { error, type Problem } from "#lib/site/problem.ts";
import type { KeyField, Site } from "#lib/site/schema.ts";

/** The feature without which a tenant can neither see nor change mTLS. */
export const mtlsFeature = "site-config-mtls";

/** The settings of a site that the feature shows and changes. */
export const mtlsFields: readonly (keyof Site)[] = [
  "observedUntil",
  "isDownstreamMtls",
  "downstreamMtlsCredentials",
  "isUpstreamMtls",
  "upstreamMtlsCredentials",
];

/** Whether a setting is one of those. */
export function isMtlsField(field: keyof Site): boolean {
  return mtlsFields.includes(field);
}

/** What stands, without the feature, in the place of what was changed in them. */
export const hiddenMtls = "mTLS settings, which this tenant does not see";

const askFor = `Ask an administrator to turn on the feature ${mtlsFeature} for this tenant.`;

/** Said where somebody asks about mTLS settings that are not shown. */
export const mtlsHidden: Problem = error("", "feature.site-config-mtls", `The mTLS settings of this site are not shown. ${askFor}`);

/** Problems of changing `stored` (the defaults for a new site) into `next` without the feature: mTLS must stay as it is. */
export function guardMtls(next: Site, stored: Site, now: Date): Problem[] {
  const after = withoutEndedObservation(next, now.getTime());
  const before = withoutEndedObservation(stored, now.getTime());
  return [...guardSettings(after, before), ...guardEnforcement(after, before)];
}

/** Problems of deleting a site without the feature: deleting stops its mTLS. */
export function guardRemoval(stored: Site): Problem[] {
  if (!stored.isDownstreamMtls && !stored.isUpstreamMtls) return [];
  return [error("", "feature.site-config-mtls", `${inForce(stored)} enforced on this site, so it cannot be deleted. ${askFor}`)];
}

/** Problems of destroying a stored private key without the feature: those of Upstream mTLS are not shown. */
export function guardKey(field: KeyField): Problem[] {
  if (field !== "upstreamMtlsCredentials") return [];
  return [error("", "feature.site-config-mtls", `The mTLS settings of this site cannot be changed. ${askFor}`)];
}

/** Problems of adding a site without the feature under a wildcard of the tenant's own: it would answer there without the mTLS. */
export function guardAddition(next: Site, others: readonly Site[]): Problem[] {
  const parent = next.hostName.slice(next.hostName.indexOf(".") + 1);
  const shadowed = others.find(
    (other) => other.isWildcard && other.hostName === parent && (other.isDownstreamMtls || other.isUpstreamMtls),
  );
  if (shadowed === undefined) return [];
  const message = `${inForce(shadowed)} enforced on *.${parent}, and a site of its own for this name would end that here. ${askFor}`;
  return [error("hostName", "feature.site-config-mtls", message)];
}

/** mTLS needs TLS whoever saves, hence the same code as with the feature. */
function guardEnforcement(next: Site, stored: Site): Problem[] {
  const problems: Problem[] = [];
  if (!next.isSslEnabled && stored.observedUntil !== null)
    problems.push(error("isSslEnabled", "mtls.needs-tls", `Observe clients is on for this site, so SSL/TLS must stay on. ${askFor}`));
  if (!next.isSslEnabled && (stored.isDownstreamMtls || stored.isUpstreamMtls))
    problems.push(error("isSslEnabled", "mtls.needs-tls", `${inForce(stored)} enforced on this site, so SSL/TLS must stay on. ${askFor}`));
  if (stored.isWildcard && !next.isWildcard && (stored.isDownstreamMtls || stored.isUpstreamMtls))
    problems.push(
      error(
        "isWildcard",
        "feature.site-config-mtls",
        `${inForce(stored)} enforced on the subdomains too, so they must stay covered. ${askFor}`,
      ),
    );
  if (next.isTerminateOnly && stored.isUpstreamMtls)
    problems.push(
      error(
        "isTerminateOnly",
        "feature.site-config-mtls",
        `Upstream mTLS is enforced on this site, so SSL/TLS Terminate Only cannot be turned on. ${askFor}`,
      ),
    );
  return problems;
}

function guardSettings(next: Site, stored: Site): Problem[] {
  return mtlsFields
    .filter((field) => !isSame(next[field], stored[field]))
    .map((field) => error(field, "feature.site-config-mtls", `The mTLS settings of this site cannot be changed. ${askFor}`));
}

function isSame(a: Site[keyof Site], b: Site[keyof Site]): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function inForce(stored: Site): string {
  const directions = [stored.isDownstreamMtls && "Downstream mTLS", stored.isUpstreamMtls && "Upstream mTLS"].filter(Boolean);
  return `${directions.join(" and ")} ${directions.length > 1 ? "are" : "is"}`;
}
