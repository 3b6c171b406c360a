import { mentionsPrivateKey } from "#lib/pki/pem-lines.ts";
import { labelOf } from "#lib/site/label.ts";
import { error, type Problem } from "#lib/site/problem.ts";
import type { Site } from "#lib/site/schema.ts";

/** Private keys in fields that are stored and shown as they are typed; nothing of such a text is ever quoted. */
export function findKeysInWrongFields(site: Site): Problem[] {
  const headers = site.responseHeaders.flatMap(({ name, value }, index) => [
    { path: `responseHeaders.${index}.name`, text: name },
    { path: `responseHeaders.${index}.value`, text: value },
  ]);
  const fields = plainFields.map((path) => ({ path: path as string, text: site[path] }));
  return [...fields, ...headers].filter(({ text }) => mentionsPrivateKey(text)).map(({ path }) => wrongField(path));
}

// The fields of PEM have rules of their own for keys.
const plainFields = ["hostName", "origin", "originServerName", "realIpHeader", "trustedSources"] as const;

function wrongField(path: string): Problem {
  const next = "Remove it and paste it with its certificate under SSL Credentials or Upstream mTLS Credentials.";
  return error(path, "key.wrong-field", `There is a private key in ${labelOf(path)}, where it would be stored readable. ${next}`);
}
