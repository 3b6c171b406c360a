import type { z } from "zod";
import { AppError } from "#lib/app-error.ts";
import { type OriginReport, type OriginTestInput, originSettingsSchema, originTest } from "#lib/channel/origin-test.ts";
import { askSensor } from "#lib/console/ask-sensor.ts";
import type { ConsoleContext } from "#lib/console/context.ts";
import { loadBasis, saveSiteInput } from "#lib/console/save-site.ts";
import { type DraftKey, resolveDraft } from "#lib/site/draft.ts";
import { checkHostName } from "#lib/site/hostname.ts";
import { asPasted } from "#lib/site/judge.ts";
import { compileOriginSide } from "#lib/site/origin-side.ts";
import { usesOriginTls } from "#lib/site/origin-tls.ts";
import { hasErrors, type Result, refuse } from "#lib/site/problem.ts";
import type { Site, SiteDraft } from "#lib/site/schema.ts";

/** A test sends what a save would; nothing of it is stored. */
export const testOriginInput = saveSiteInput;

/**
 * Has the sensor try the draft's origin. Without the feature no client certificate is shown. Only what the connection to the
 * origin is made of travels, a pasted key sealed for this one question; a stored key is named by its site alone.
 */
export async function testOrigin(
  { siteId, basedOn, draft }: Omit<z.infer<typeof testOriginInput>, "tenantId">,
  context: ConsoleContext,
): Promise<Result<OriginReport>> {
  const { tenant, now, hasMtlsFeature, recipient } = context;
  const basis = siteId === null ? null : await loadBasis(context, siteId, basedOn);
  if (basis && !basis.ok) return basis;
  const resolved = resolveDraft(originPartOf(draft), basis?.value ?? null, hasMtlsFeature, now);
  if (!resolved.ok) return resolved;
  const { site, keys } = resolved.value;
  const isShown = hasMtlsFeature && site.isUpstreamMtls && usesOriginTls(site);
  const tested: Site = isShown ? site : { ...site, isUpstreamMtls: false, upstreamMtlsCredentials: null };
  const problems = [...checkHostName(tested.hostName), ...compileOriginSide(tested, now).problems];
  if (hasErrors(problems)) return refuse(...problems.filter(({ severity }) => severity === "error").map((one) => asPasted(one, keys)));

  const key = isShown ? keys.find(({ field }) => field === "upstreamMtlsCredentials") : undefined;
  if (key && !recipient)
    throw new AppError("console.no-sealing-key", "Private keys cannot be sealed: the console was started without its launcher.");
  const input = { siteId, settings: originSettingsSchema.parse(tested), credentials: credentialsOf(tested, key, basedOn) };
  const secret = key && recipient ? { recipient, plain: key.pkcs8 } : undefined;
  const report = await askSensor({ kind: ["origin.test", originTest], tenantId: tenant.id, input, secret });
  await audit(context, input, report);
  return report;
}

/** What stands in the other fields, half typed perhaps, is no concern of a test. */
function originPartOf(draft: SiteDraft): SiteDraft {
  const keep = { change: "keep" } as const;
  return { ...draft, sslCredentials: keep, ...(draft.isUpstreamMtls === false ? { upstreamMtlsCredentials: keep } : {}) };
}

function credentialsOf(site: Site, key: DraftKey | undefined, basedOn: number | null): OriginTestInput["credentials"] {
  const { upstreamMtlsCredentials: credentials } = site;
  if (credentials === null) return { kind: "none" };
  if (key !== undefined) return { kind: "pasted", credentials };
  return { kind: "stored", revision: basedOn ?? 0 };
}

/** Also what was tried and not answered is written down: only where nothing can have been dialled it is not. */
async function audit({ store, tenant, author, address, now }: ConsoleContext, input: OriginTestInput, report: Result<OriginReport>) {
  const { hostName, origin, originHttpPort, originHttpsPort } = input.settings;
  const [problem] = report.ok ? [] : report.problems;
  if (problem && nothingDone.has(problem.code)) return;
  const outcome = report.ok
    ? report.value.found.map(({ destination, outcome, verdict }) => `${destination} ${outcome} ${verdict}`).join("; ")
    : problem?.code;
  const port = usesOriginTls(input.settings) ? originHttpsPort : originHttpPort;
  const detail = { hostName, origin: origin.trim(), port, outcome: outcome ?? "" };
  await store.audit.record({ tenantId: tenant.id, action: "origin.test", subject: input.siteId, detail }, { author, address, now });
}

const nothingDone = new Set([
  "sensor.not-running",
  "sensor.forbidden",
  "sensor.busy",
  "sensor.too-many-questions",
  "sensor.stale-question",
]);
