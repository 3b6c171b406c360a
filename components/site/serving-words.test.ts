import { expect, test } from "vitest";
import { servingWords } from "#components/site/serving-words.ts";
import type { ServingView } from "#lib/console/site-view.ts";
import { error, warning } from "#lib/site/problem.ts";

const savedAt = "2026-11-23T10:00:00.000Z";
const base: ServingView = {
  siteId: "one",
  revision: 3,
  state: "waiting",
  servingRevision: 2,
  problems: [],
  savedAt,
  servedAt: null,
  lastSeenAt: savedAt,
  isSensorAlive: true,
};
const said = (changes: Partial<ServingView>) => {
  const { name, more } = servingWords({ ...base, ...changes });
  return [name, more];
};

test("a revision that serves says how long that took, and nothing where a clock was set back", () => {
  const serving = { state: "serving", servingRevision: 3 } as const;
  expect(said({ ...serving, servedAt: "2026-11-23T10:00:00.312Z" })).toEqual(["Serving revision 3", "0.3 s after the save"]);
  expect(said({ ...serving, servedAt: "2026-11-23T09:59:59.999Z" })).toEqual(["Serving revision 3", ""]);
  expect(said(serving)).toEqual(["Serving revision 3", ""]);
});

test("a rejected revision says the reason, and what serves in its stead", () => {
  const problems = [warning("origin", "x", "Only a warning."), error("sslCredentials", "key.mismatch", "The key does not fit.")];
  const rejected = { state: "not-serving", problems } as const;
  expect(said(rejected)).toEqual(["Not serving revision 3", "SSL Credentials: The key does not fit. Revision 2 keeps serving."]);
  expect(said({ ...rejected, servingRevision: null })[1]).toMatch(/does not fit\. Nothing is served instead: every request gets 503\.$/);
  expect(said({ state: "not-serving" })[1]).toBe("The sensor gave no reason. Revision 2 keeps serving.");
});

test("while a sensor that lives has not answered, the revision before serves; of a silent one that is not known", () => {
  expect(said({})).toEqual(["Waiting for the sensor", "Revision 2 serves meanwhile."]);
  expect(said({ servingRevision: null })[1]).toBe("No revision of this site serves yet.");
  expect(said({ isSensorAlive: false })[1]).toMatch(/^No sensor gives a sign of life.*Settings → Sensors/);
  expect(said({ isSensorAlive: null })[1]).toMatch(/cannot read sensor\.db/);
});
