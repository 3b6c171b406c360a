import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { originTest } from "#lib/channel/origin-test.ts";
import { consoleFixture, draftOf } from "#lib/console/console-fixture.ts";
import { saveSite } from "#lib/console/save-site.ts";
import { testOrigin } from "#lib/console/test-origin.ts";
import { createLogger } from "#lib/log.ts";
import { error, ok, type Result, refuse } from "#lib/site/problem.ts";
import type { SiteDraft } from "#lib/site/schema.ts";
import { openSecret } from "#lib/store/seal-secret.ts";
import { accepted, codesOf } from "#lib/store/store-fixture.ts";
import type { Asked } from "#sensor/answerer.ts";
import { openChannel } from "#sensor/channel.ts";

const found = {
  destination: "127.0.0.1",
  address: "127.0.0.1",
  outcome: "asks-and-accepts" as const,
  verdict: "ORIGIN_OK" as const,
  reason: "certificate_required",
  statusWith: 200,
  statusWithout: null,
  tls: null,
};
const report = { port: 443, hasCertificate: true, found: [found] };

let bed: Awaited<ReturnType<typeof consoleFixture>>;
let asked: Asked[];

beforeEach(async () => {
  bed = await consoleFixture();
  asked = [];
  vi.stubEnv("DATA_DIR", bed.dataDir);
  onTestFinished(() => void vi.unstubAllEnvs());
});

/** A sensor that writes down what it is asked and gives one answer. */
async function answerWith(answer: Result<unknown>): Promise<void> {
  const ask = async (one: Asked) => {
    asked.push(one);
    return JSON.stringify(answer);
  };
  const channel = await openChannel({ dataDir: bed.dataDir, log: createLogger("sensor", () => {}), ask });
  onTestFinished(() => channel.close());
}

const tls = { isSslEnabled: true };
const tryDraft = (draft: Partial<SiteDraft>, changes = {}) =>
  testOrigin({ siteId: null, basedOn: null, draft: draftOf(draft) }, { ...bed.context, ...changes });
const inputOf = (one: Asked | undefined) => originTest.input.parse(JSON.parse(one?.input ?? ""));
const auditRows = async () =>
  (await bed.store.audit.list({ tenantId: bed.context.tenant.id, hasGlobal: false, limit: 10 })).filter(
    ({ action }) => action === "origin.test",
  );

describe("Test origin in the console", () => {
  it("sends a pasted key sealed and its certificate beside it, and keeps neither", async () => {
    await answerWith(ok(report));
    const client = await createClient(await createAuthority());
    const result = await tryDraft({ ...tls, isUpstreamMtls: true, upstreamMtlsCredentials: { change: "replace", text: client.bundle } });
    expect(result).toEqual(ok(report));
    const [question] = asked;
    expect(inputOf(question).credentials).toMatchObject({ kind: "pasted" });
    expect(JSON.stringify(question)).not.toContain(client.key.split("\n")[1]);
    if (!question?.secret) throw new Error("a secret was sent");
    const pkcs8 = client.keys.privateKey.export({ type: "pkcs8", format: "der" });
    expect(await openSecret(bed.keyring, question.secret, question)).toEqual(pkcs8);
    expect(await bed.store.sites.list(bed.context.tenant.id)).toEqual([]);
  });

  it("names a stored key by its site and revision alone", async () => {
    await answerWith(ok(report));
    const client = await createClient(await createAuthority());
    const server = await createServer(await createAuthority(), ["shop.test"]);
    const draft = draftOf({
      ...tls,
      sslCredentials: { change: "replace", text: server.bundle },
      isUpstreamMtls: true,
      upstreamMtlsCredentials: { change: "replace", text: client.bundle },
    });
    const { siteId, revision } = accepted(await saveSite({ siteId: null, basedOn: null, draft }, bed.context));
    const kept = draftOf({ ...tls, isUpstreamMtls: true, origin: "10.0.0.5" });
    await testOrigin({ siteId, basedOn: revision, draft: kept }, bed.context);
    expect(asked[0]?.secret).toBeNull();
    expect(inputOf(asked[0])).toMatchObject({ siteId, settings: { origin: "10.0.0.5" }, credentials: { kind: "stored", revision } });
    expect(codesOf(await testOrigin({ siteId, basedOn: 7, draft: kept }, bed.context))).toEqual(["site.stale"]);
    expect(asked).toHaveLength(1);
  });

  it("shows no certificate without the feature, and leaves half-typed credentials of other fields alone", async () => {
    await answerWith(ok(report));
    const { isDownstreamMtls, downstreamMtlsCredentials, isUpstreamMtls, upstreamMtlsCredentials, ...draft } = draftOf(tls);
    await testOrigin({ siteId: null, basedOn: null, draft }, { ...bed.context, hasMtlsFeature: false });
    await tryDraft({ ...tls, isUpstreamMtls: false, upstreamMtlsCredentials: { change: "replace", text: "half typed" } });
    await tryDraft({ ...tls, sslCredentials: { change: "replace", text: "half typed" } });
    expect(asked.map((one) => inputOf(one).credentials)).toEqual([{ kind: "none" }, { kind: "none" }, { kind: "none" }]);
  });

  it("refuses a draft that could not be saved, under its fields and without asking", async () => {
    await answerWith(ok(report));
    expect(codesOf(await tryDraft({ ...tls, origin: "" }))).toEqual(["origin.missing"]);
    expect(codesOf(await tryDraft({ ...tls, isUpstreamMtls: true }))).toEqual(["mtls.no-credentials"]);
    expect(codesOf(await tryDraft({ ...tls, hostName: " " }))).toEqual(["host-name.missing"]);
    expect(asked).toEqual([]);
  });

  it("writes who tested what, and what came of it, into the audit log; no secret, and nothing where nothing was dialled", async () => {
    expect(codesOf(await tryDraft(tls))).toEqual(["sensor.not-running"]);
    expect(await auditRows()).toEqual([]);
    await answerWith(ok(report));
    await tryDraft(tls);
    const outcome = "127.0.0.1 asks-and-accepts ORIGIN_OK";
    expect(await auditRows()).toMatchObject([
      { actor: "ana", address: "192.0.2.1", subject: null, detail: { hostName: "shop.test", origin: "127.0.0.1", port: 443, outcome } },
    ]);
  });

  it("writes down also what the sensor refused or could not finish", async () => {
    await answerWith(refuse(error("", "sensor.failed", "It failed.")));
    expect(codesOf(await tryDraft(tls))).toEqual(["sensor.failed"]);
    expect(await auditRows()).toMatchObject([{ detail: { outcome: "sensor.failed" } }]);
  });
});
