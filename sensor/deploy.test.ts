import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createAuthority } from "#e2e/pki/authority.ts";
import { fetchTls, openPlain } from "#sensor/client-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

const file = (name: string) => readFileSync(new URL(`../deploy/${name}`, import.meta.url), "utf8");
const dashboard = JSON.parse(file("grafana-dashboard.json"));

/** Every expression of a file in deploy/, with a name for the test. */
const expressions: [where: string, expression: string][] = [
  ...textsUnder(dashboard, "expr").map((expression): [string, string] => ["the dashboard", expression]),
  ...textsUnder(dashboard, "query").map((expression): [string, string] => ["the dashboard", expression]),
  ...[...file("prometheus-alerts.yml").matchAll(/^ +expr: (.+)$/gm)].map(([, expression = ""]): [string, string] => [
    "the alerts",
    expression,
  ]),
].filter(([, expression]) => expression.includes("tessera_"));

let rig: Rig;
let labels: Map<string, Set<string>>;

/** Labels that series of the real endpoint have, by metric; traffic of every kind has gone through before. */
beforeAll(async () => {
  rig = await startRig({ isForwarding: true, limits: { headerBytes: 2_048 }, deadlines: { headMs: 50 } });
  const authority = await createAuthority();
  await rig.save({ hostName: "guarded.test", authority, downstream: [authority] });
  const { siteId } = await rig.save({ hostName: "open.test", authority, isTerminateOnly: true });
  await rig.save({ hostName: "open.test", siteId, authority, isTerminateOnly: true });
  const to = { port: rig.ports.SENSOR_HTTPS_PORT };
  expect((await fetchTls({ ...to, servername: "guarded.test" })).status).toBe(403);
  expect((await fetchTls({ ...to, servername: "open.test" })).status).toBe(502);
  expect((await fetchTls({ ...to, servername: "open.test", headers: { long: "x".repeat(4_000) } })).status).toBe(431);
  const late = await openPlain(rig.ports.SENSOR_HTTP_PORT);
  await once(late.socket, "close");
  await rig.tellExpiries();
  await vi.waitFor(
    async () => {
      labels = readLabels(await scrape());
      expect([...labels.keys()]).toContain("tessera_origin_failures_total");
    },
    { timeout: 10_000 },
  );
});
afterAll(() => rig[Symbol.asyncDispose]());

async function scrape(): Promise<string> {
  const admin = await openPlain(rig.ports.SENSOR_ADMIN_PORT);
  const { body } = await admin.get("/metrics", "localhost");
  admin.socket.destroy();
  return body;
}

function readLabels(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const [, name = "", list = ""] of text.matchAll(/^(tessera_\w+)(?:\{([^}]*)\})? /gm)) {
    const names = [...list.matchAll(/(\w+)="/g)].map(([, label = ""]) => label);
    found.set(name, new Set([...(found.get(name) ?? []), ...names]));
  }
  return found;
}

function textsUnder(value: unknown, key: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === key && typeof inner === "string" ? [inner] : textsUnder(inner, key)));
}

describe("what is in deploy/", () => {
  it("is many expressions", () => {
    expect(expressions.filter(([where]) => where === "the alerts").length).toBeGreaterThan(10);
    expect(expressions.filter(([where]) => where === "the dashboard").length).toBeGreaterThan(20);
    expect(dashboard.panels.every(({ id }: { id: number }, at: number) => id === at + 1)).toBe(true);
  });

  it.each(expressions)("%s asks for series that the endpoint has: %s", (_, expression) => {
    const metrics = [...expression.matchAll(/tessera_\w+/g)].map(([name]) => name);
    const known = new Set(metrics.flatMap((name) => [...(labels.get(name) ?? [])]));
    for (const name of metrics) expect([...labels.keys()]).toContain(name);
    const wanted = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(",").map((label) => label.trim()));
    for (const [, name = "", list = ""] of expression.matchAll(/(tessera_\w+)\{([^}]*)\}/g))
      for (const [, label = ""] of list.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)) expect([...(labels.get(name) ?? [])]).toContain(label);
    for (const label of wanted) expect([...known]).toContain(label);
  });

  it("leaves no metric of the endpoint out of the dashboard", () => {
    const shown = textsUnder(dashboard, "expr").join(" ");
    const families = [...labels.keys()].map((name) => name.replace(/_(bucket|sum|count)$/, ""));
    expect([...new Set(families)].filter((name) => !shown.includes(name))).toEqual([]);
  });
});
