import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";
import { clientCases, type Presented, root, stranger } from "#sensor/client-cases-fixture.ts";
import { fetchTls } from "#sensor/client-fixture.ts";
import { judgeNow } from "#sensor/identity.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

const hostName = "judged.test";

let rig: Rig;

beforeAll(async () => {
  rig = await startRig();
  await rig.save({ hostName, authority: await createAuthority(), downstream: [root] });
});
afterAll(() => rig[Symbol.asyncDispose]());

async function verdictOn(presented: Presented, version: "TLSv1.2" | "TLSv1.3"): Promise<unknown> {
  rig.log.length = 0;
  const { status, headers } = await fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: hostName, version, ...presented });
  const line = rig.log.find(({ msg }) => msg === "request refused");
  expect([status, headers["x-request-id"]]).toEqual(line === undefined ? [200, undefined] : [403, line.requestId]);
  return line?.verdict ?? "CLIENT_CERT_VERIFIED";
}

describe.each(["TLSv1.2", "TLSv1.3"] as const)("over %s", (version) => {
  it.each(clientCases)("%s", async (_, presented, verdict) => {
    expect(await verdictOn(await presented(), version)).toBe(verdict);
  });
});

describe("a refusal in the log", () => {
  it("names request, site, address, and the certificate without its control characters", async () => {
    const client = await createClient(stranger, { commonName: `evil\u202e\u0007${"x".repeat(400)}` });
    await verdictOn({ client }, "TLSv1.3");
    const line = rig.log.find(({ msg }) => msg === "request refused");
    expect(line).toMatchObject({ siteId: expect.any(String), address: "127.0.0.1", fingerprint: client.fingerprint, status: 403 });
    expect(String(line?.subject)).toMatch(/^CN=evil/);
    expect(String(line?.subject)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(String(line?.subject).length).toBeLessThanOrEqual(256);
  });
});

describe("the clock", () => {
  it("ends a verified identity that the handshake let in", () => {
    const certificate = { subject: "CN=a", fingerprint: "00", notBefore: 1_000, notAfter: 2_000 };
    const identity = { verdict: "CLIENT_CERT_VERIFIED" as const, certificate, code: null };
    expect([999, 1_000, 2_000, 2_001].map((now) => judgeNow(identity, now))).toEqual([
      "CLIENT_CERT_NOT_YET_VALID",
      "CLIENT_CERT_VERIFIED",
      "CLIENT_CERT_VERIFIED",
      "CLIENT_CERT_EXPIRED",
    ]);
  });

  it("never improves a verdict", () => {
    const certificate = { subject: "CN=a", fingerprint: "00", notBefore: 0, notAfter: 9 };
    expect(judgeNow({ verdict: "CLIENT_CERT_EXPIRED", certificate, code: null }, 5)).toBe("CLIENT_CERT_EXPIRED");
    expect(judgeNow({ verdict: "CLIENT_CERT_VERIFIED", certificate: null, code: null }, 5)).toBe("CLIENT_CERT_MISSING");
  });
});
