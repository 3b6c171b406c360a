import type { Pace } from "#lib/pki/pace.ts";
import { type PrivateKey, readPrivateKey } from "#lib/pki/private-key.ts";
import { judgeAuthorities } from "#lib/site/authorities.ts";
import { judgeClientLeaf } from "#lib/site/client-certificate.ts";
import { judgeCredentials } from "#lib/site/credentials.ts";
import { drawField, type FieldReading } from "#lib/site/field-reading.ts";
import { changeCodes } from "#lib/site/judge.ts";
import { mostKeysRead, takeApart } from "#lib/site/pasted-credentials.ts";
import type { PemField } from "#lib/site/pem-field.ts";
import { type PemText, skimPemText } from "#lib/site/pem-text.ts";
import { hasErrors, type Problem } from "#lib/site/problem.ts";
import { type KeyField, keyFields } from "#lib/site/schema.ts";
import { judgeServerLeaf } from "#lib/site/site-certificate.ts";

/** A text of one field as it would be judged on a save, and what can be shown of it. */
export type Inspection = FieldReading & { problems: Problem[] };

/**
 * Reads a text that is being typed by the rules that a save applies to its field; keeps nothing of it. What has to do
 * with other fields (the site's names) is left to the save. Throws when the pace's signal is aborted.
 */
export async function inspectText(field: PemField, text: string, now: Date, pace: Pace): Promise<Inspection> {
  const read = await skimPemText(field, text, pace);
  return isKeyField(field) ? inspectCredentials(field, read, now, pace) : inspectAuthorities(field, read, now, pace);
}

async function inspectAuthorities(field: Exclude<PemField, KeyField>, read: PemText, now: Date, pace: Pace): Promise<Inspection> {
  const vouchesFor = field === "downstreamMtlsCredentials" ? "clients" : "origins";
  const problems = judgeAuthorities(field, read, now, { vouchesFor }).map(asOfChange);
  const drawn = await drawField(field, read.certificates, { now, pace, isSound: !hasErrors(problems) });
  return { ...drawn, keys: [], problems };
}

async function inspectCredentials(field: KeyField, read: PemText, now: Date, pace: Pace): Promise<Inspection> {
  const keys = await readKeys(read, pace);
  const apart = takeApart(field, read);
  const judged = apart.ok ? judgeCredentials(field, read, apart.value.key.publicKey, now) : null;
  const leaf = judged?.credentials?.leaf;
  const ofLeaf = leaf ? (field === "sslCredentials" ? judgeServerLeaf(leaf) : judgeClientLeaf(leaf)) : [];
  const found = apart.ok ? [...(judged?.problems ?? []), ...ofLeaf] : apart.problems;
  const problems = found.map(asOfChange);
  const drawn = await drawField(field, read.certificates, { now, pace, isSound: !hasErrors(problems), leaf });
  return { ...drawn, keys: keys.map(({ block, key }) => ({ block, ...matchOf(key, read) })), problems };
}

type ReadKey = { block: number; key: PrivateKey | null };

async function readKeys({ keyBlocks }: PemText, pace: Pace): Promise<ReadKey[]> {
  const keys: ReadKey[] = [];
  for (const block of keyBlocks.slice(0, mostKeysRead)) {
    const reading = readPrivateKey(block);
    keys.push({ block: block.number, key: "key" in reading ? reading.key : null });
    await pace.rest();
  }
  return keys;
}

function matchOf(key: PrivateKey | null, { certificates }: PemText): { matches?: number | null } {
  if (key === null) return {};
  return { matches: certificates.find(({ spki }) => spki.equals(key.publicKey))?.block ?? null };
}

/** A text that is typed is a change: what time or a later rule says against it would stop its save. */
function asOfChange(problem: Problem): Problem {
  return changeCodes.includes(problem.code) ? { ...problem, severity: "error" } : problem;
}

function isKeyField(field: PemField): field is KeyField {
  return (keyFields as readonly string[]).includes(field);
}
