import { type AnyColumn, like, or, type SQL } from "drizzle-orm";
import { contains } from "#lib/store/contains.ts";

/** A site's rows are few enough (quotas) to look at the text of each. Undefined for no text: then all match. */
export function textMatches(text: string | undefined, parts: AnyColumn[], prefixes: AnyColumn[]): SQL | undefined {
  const wanted = text?.trim().slice(0, longestText) ?? "";
  if (wanted === "") return undefined;
  const hex = wanted.replace(/[\s:]/g, "").toLowerCase();
  return or(
    ...parts.map((column) => contains(column, wanted)),
    ...(/^[0-9a-f]{4,64}$/.test(hex) ? prefixes.map((column) => like(column, `${hex}%`)) : []),
  );
}

/** The longest text that is searched for: a fingerprint with its colons has 95 characters. */
const longestText = 128;
