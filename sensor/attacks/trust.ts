import { ask } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";

const parsed = "Every block of the field is parsed by the sensor; what is left over, or an empty list, closes the site";

/** A trust list that does not say whom to trust (the class of CVE-2026-27586), met by a client of a public CA. */
export const trust: Attack[] = [
  listed("empty", () => "", "taken in silence; 200, reached the origin", "mtls.no-trust"),
  listed("nothing but words", () => "paste the CA here", "taken in silence; 403", "pem.trailing-text"),
  listed(
    "a CA and half of another",
    ({ partners, others }) => partners.certificate + others.certificate.slice(0, 200),
    "taken in silence; 403",
    "pem.truncated",
  ),
  listed("a private key", ({ partners }) => partners.key, "taken in silence; 403", "ca.private-key"),
  listed("a client's own certificate", ({ partner }) => partner.certificate, "taken in silence; 403", "ca.not-a-ca"),
];

function listed(what: string, text: (people: Field["people"]) => string, obvious: string, code: string): Attack {
  const hostName = `${what.replace(/[^a-z]+/g, "-")}.test`;
  return {
    name: `The list of CAs is ${what}`,
    run: async (field) => {
      const problems = await field.save({ hostName, clients: text(field.people) });
      const outcome = await ask(field, { aim: hostName, servername: hostName, client: field.people.anybody });
      return `${problems.length === 0 ? "taken in silence" : `refused as ${problems.join(", ")}`}; ${outcome}`;
    },
    obvious,
    tessera: `refused as ${code}; 503; CREDENTIALS_UNUSABLE`,
    rule: parsed,
  };
}
