import { survey } from "#sensor/attacks/survey.ts";
import { themes } from "#sensor/attacks/themes.ts";

/** What came of one attack on each side, and on the sensor with a rule taken out. */
export type Seen = { obvious: string; tessera: string; weakened: string | null };

const introduction = `# What attacks meet

Written by \`npm run test:unit -- sensor/attacks --update\` from what the run saw; the test fails where this page says anything else.

Each attack runs over real sockets against two programs in front of the same origins, which count what reaches them: the **obvious design** ([sensor/attacks/obvious-design.ts](../sensor/attacks/obvious-design.ts): one HTTPS server, a TLS context for each name with the site's own CAs, \`socket.authorized\`, http-proxy over one keep-alive agent), and the whole sensor with its real forwarder. After each attack both must still serve, and the sensor's origins must have heard of nothing more. The obvious design's column holds on Node 24. "Where …" is the same sensor with a rule taken out inside the test: it shows what the rule is there for, where the obvious design or Node refuses as well. Where no rule is taken out and both refuse, the platform alone does the work.

A verdict behind a status is what the sensor's log says of the request. In the obvious design's world a public CA is one that Node trusts by default, from which anybody can get a certificate.
`;

/** docs/attacks.md as the run saw it. */
export function tableOf(seen: ReadonlyMap<string, Seen>): string {
  const sections = themes.map(({ title, file, attacks }) => {
    const rows = attacks.map(({ name, rule, weakened }) => {
      const found = seen.get(name);
      const otherwise = weakened === undefined ? "" : `. Where ${weakened.where.join(" and ")}: ${found?.weakened}`;
      return `| ${name} | ${found?.obvious} | ${found?.tessera} | ${rule}${otherwise} |`;
    });
    const head = "| attack | obvious design | Tessera | rule |\n|---|---|---|---|";
    return `## ${title}\n\nTest: [sensor/attacks/${file}.ts](../sensor/attacks/${file}.ts)\n\n${head}\n${rows.join("\n")}\n`;
  });
  return [introduction, ...sections, elsewhere, ...survey.map(surveyed)].join("\n");
}

const elsewhere = `# What is shown where

Each fact that was measured before the sensor was written, and each answer that it promises, with one test that shows it. The run fails where a test has gone.
`;

function surveyed({ title, shown }: (typeof survey)[number]): string {
  const rows = shown.map(([fact, file, test]) => `| ${fact} | [${file}](../${file}) | ${test} |`);
  return `## ${title}\n\n| fact | file | test |\n|---|---|---|\n${rows.join("\n")}\n`;
}
