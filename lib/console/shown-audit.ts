import { isMtlsPhrase } from "#lib/site/changes.ts";
import { hiddenMtls } from "#lib/site/feature.ts";
import type { AuditRow } from "#lib/store/store.ts";

/**
 * A row as a tenant sees it: without the feature, that mTLS settings were changed and neither which nor how. A save's list
 * of what came and went does not say of which setting, so it goes whole with them.
 */
export function shownAudit(row: AuditRow, hasMtlsFeature: boolean): AuditRow {
  if (hasMtlsFeature) return row;
  const { changes, items, field, publicKeySha256, ...rest } = row.detail;
  if (field === "upstreamMtlsCredentials") return { ...row, detail: { ...rest, changes: [hiddenMtls] } };
  const phrases = Array.isArray(changes) ? changes.map(String) : [];
  if (!phrases.some(isMtlsPhrase)) return row;
  return { ...row, detail: { ...rest, changes: [hiddenMtls, ...phrases.filter((phrase) => !isMtlsPhrase(phrase))] } };
}
