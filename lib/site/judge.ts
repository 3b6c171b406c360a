import { compileSite } from "#lib/site/compile.ts";
import { type CompiledSite, sealCompiledSite } from "#lib/site/compiled-site.ts";
import type { DraftKey } from "#lib/site/draft.ts";
import { hasErrors, ok, type Problem, type Result, refuse } from "#lib/site/problem.ts";
import { publicRootCode } from "#lib/site/public-trust.ts";
import type { Site } from "#lib/site/schema.ts";
import { readSitePem } from "#lib/site/site-pem.ts";
import { timeCodes } from "#lib/site/validity.ts";

const datedFields = ["sslCredentials", "downstreamMtlsCredentials", "upstreamMtlsCredentials", "originCaCertificates"] as const;

/** Codes that `compileSite` warns of, so that what serves goes on, and that are errors where a save brings them about. */
export const changeCodes: readonly string[] = [...timeCodes, publicRootCode];

/**
 * Judges a save: `compileSite`, and beyond it an error is what is out of date in a field that changed, or a public root
 * that this save puts to use. With the keys of the draft the numbers of blocks are those of the pasted text, the private
 * key counted.
 */
export function judgeSave(
  site: Site,
  stored: Site | null,
  now: Date,
  keys: readonly DraftKey[] = [],
  pem = readSitePem(site),
): Result<CompiledSite> {
  const compiled = compileSite(site, now, pem);
  const found = compiled.ok ? compiled.value.warnings : compiled.problems;
  const changed = new Set<string>(datedFields.filter((field) => stored === null || isChanged(site[field], stored[field])));
  const inUse = fieldsInUse(site);
  const wasInUse = stored === null ? inUse : fieldsInUse(stored);
  const isBroughtAbout = ({ code, path }: Problem) => {
    if (!changeCodes.includes(code) || !inUse.has(path)) return false;
    // Pasted while mTLS was off and turned on later it would get in unasked; of time this is not said (it admits nobody).
    return changed.has(path) || (code === publicRootCode && !wasInUse.has(path));
  };
  const problems = found.map((problem) => asPasted(isBroughtAbout(problem) ? { ...problem, severity: "error" as const } : problem, keys));
  return compiled.ok && !hasErrors(problems) ? ok(sealCompiledSite({ ...compiled.value, warnings: problems })) : refuse(...problems);
}

/** The fields whose content has an effect; in the others nothing stands in the way of a save, time neither. */
function fieldsInUse(site: Site): Set<string> {
  const uses: [string, boolean][] = [
    ["sslCredentials", site.isSslEnabled],
    ["downstreamMtlsCredentials", site.isDownstreamMtls || site.observedUntil !== null],
    ["upstreamMtlsCredentials", site.isUpstreamMtls],
    ["originCaCertificates", site.isSslEnabled && !site.isTerminateOnly && site.isOriginVerified],
  ];
  return new Set(uses.filter(([, isUsed]) => isUsed).map(([path]) => path));
}

type Dated = Site[(typeof datedFields)[number]];

function isChanged(after: Dated, before: Dated): boolean {
  return contentOf(after) !== contentOf(before);
}

/** A field's content without what an editor or a browser does to line ends. */
function contentOf(value: Dated): string {
  const text = typeof value === "string" ? value : value === null ? "" : `${value.certificates}${value.publicKey}`;
  return text.replaceAll("\r\n", "\n").trim();
}

/** A problem whose block is numbered as in the text that was pasted, the private key counted. */
export function asPasted(problem: Problem, keys: readonly DraftKey[]): Problem {
  const key = keys.find(({ field }) => field === problem.path);
  const block = problem.block === undefined ? undefined : key?.certificateBlocks[problem.block - 1];
  return block === undefined ? problem : { ...problem, block };
}
