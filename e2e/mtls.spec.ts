import { call, callPlain, keepAliveAgent } from "#e2e/client.ts";
import { expect, test } from "#e2e/fixtures.ts";
import { createAuthority, createClient } from "#e2e/pki/authority.ts";

test("neither direction: anybody gets in and the origin sees no certificate", async ({ product, createSite }) => {
  const { hostName, ca, origin } = await createSite();
  const answer = await call({ port: product.ports.SENSOR_HTTPS_PORT, hostName, ca });
  expect(answer.status).toBe(200);
  expect(origin.arrivals).toHaveLength(1);
  expect(origin.arrivals[0]?.clientCertificate).toBeNull();
});

test("downstream alone: strangers are refused, partners get in, and it can be switched off again", async ({
  product,
  sitePage,
  createSite,
}) => {
  const { hostName, ca, origin } = await createSite();
  const port = product.ports.SENSOR_HTTPS_PORT;
  const partnerAuthority = await createAuthority({ commonName: "Partner Root CA" });
  const partner = await createClient(partnerAuthority);
  const stranger = await createClient(await createAuthority({ commonName: "Some Other CA" }));

  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partnerAuthority.certificate);
  await sitePage.saveAndServe(2);

  const refused = await call({ port, hostName, ca });
  expect(refused.status).toBe(403);
  expect(refused.headers["x-request-id"]).toBeTruthy();
  expect((await call({ port, hostName, ca, client: stranger })).status).toBe(403);
  expect(origin.arrivals).toHaveLength(0);
  expect((await call({ port, hostName, ca, client: partner })).status).toBe(200);
  expect(origin.arrivals).toHaveLength(1);
  expect((await callPlain({ port: product.ports.SENSOR_HTTP_PORT, hostName })).status).toBe(403);

  await sitePage.checkbox("Downstream mTLS").uncheck();
  await sitePage.saveAndServe(3);
  expect((await call({ port, hostName, ca })).status).toBe(200);

  await sitePage.page.reload();
  await sitePage.checkbox("Downstream mTLS").check();
  await expect(sitePage.field("Downstream mTLS Credentials"), "unticking keeps the credentials").toHaveValue(/BEGIN CERTIFICATE/);
});

test("upstream alone: the origin demands the sensor's certificate and gets it, and refuses when it is switched off", async ({
  product,
  sitePage,
  openOrigin,
  createSite,
}) => {
  const sensorAuthority = await createAuthority({ commonName: "Sensor Client CA" });
  const sensor = await createClient(sensorAuthority, { commonName: "tessera-sensor" });
  const origin = await openOrigin({ clientAuthority: sensorAuthority });
  const { hostName, ca } = await createSite({ origin });
  const port = product.ports.SENSOR_HTTPS_PORT;
  expect((await call({ port, hostName, ca })).status).toBe(502);

  await sitePage.checkbox("Upstream mTLS").check();
  await sitePage.fill("Upstream mTLS Credentials", sensor.bundle);
  await sitePage.saveAndServe(2);
  expect((await call({ port, hostName, ca })).status).toBe(200);
  expect(origin.arrivals[0]?.clientCertificate).toBe("CN=tessera-sensor");

  const stored = sitePage.stored("Upstream mTLS Credentials");
  await expect(stored).toContainText("tessera-sensor");
  await expect(sitePage.field("Upstream mTLS Credentials")).toHaveCount(0);
  expect(await sitePage.page.content()).not.toContain(sensor.key.split("\n")[1]);

  await sitePage.checkbox("Upstream mTLS").uncheck();
  await sitePage.saveAndServe(3);
  expect((await call({ port, hostName, ca })).status).toBe(502);
  expect(origin.arrivals).toHaveLength(1);

  await sitePage.checkbox("Upstream mTLS").check();
  await expect(stored, "unticking keeps the credentials").toContainText("tessera-sensor");
  await sitePage.saveAndServe(4);
  expect((await call({ port, hostName, ca })).status).toBe(200);
});

test("both directions at once", async ({ product, sitePage, openOrigin, createSite }) => {
  const partnerAuthority = await createAuthority({ commonName: "Partner Root CA" });
  const sensorAuthority = await createAuthority({ commonName: "Sensor Client CA" });
  const origin = await openOrigin({ clientAuthority: sensorAuthority });
  const { hostName, ca } = await createSite({ origin });
  const port = product.ports.SENSOR_HTTPS_PORT;

  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", partnerAuthority.certificate);
  await sitePage.checkbox("Upstream mTLS").check();
  await sitePage.fill("Upstream mTLS Credentials", (await createClient(sensorAuthority, { commonName: "tessera-sensor" })).bundle);
  await sitePage.saveAndServe(2);

  expect((await call({ port, hostName, ca })).status).toBe(403);
  expect((await call({ port, hostName, ca, client: await createClient(sensorAuthority) })).status).toBe(403);
  expect(origin.arrivals).toHaveLength(0);
  expect((await call({ port, hostName, ca, client: await createClient(partnerAuthority) })).status).toBe(200);
  expect(origin.arrivals[0]?.clientCertificate).toBe("CN=tessera-sensor");
});

test("replacing the CA shuts out the old client on a new and on its open connection, and lets the new one in", async ({
  product,
  sitePage,
  createSite,
}) => {
  const { hostName, ca, origin } = await createSite();
  const port = product.ports.SENSOR_HTTPS_PORT;
  const before = await createAuthority({ commonName: "Partner Root CA 2016" });
  const after = await createAuthority({ commonName: "Partner Root CA 2024" });
  const oldClient = await createClient(before);
  const newClient = await createClient(after);
  const agent = keepAliveAgent();

  await sitePage.checkbox("Downstream mTLS").check();
  await sitePage.fill("Downstream mTLS Credentials", before.certificate);
  await sitePage.saveAndServe(2);
  const first = await call({ port, hostName, ca, client: oldClient, agent });
  const second = await call({ port, hostName, ca, client: oldClient, agent });
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.remotePort, "one connection is kept alive").toBe(first.remotePort);

  await sitePage.fill("Downstream mTLS Credentials", `${before.certificate}${after.certificate}`);
  await sitePage.saveAndServe(3);
  const during = await call({ port, hostName, ca, client: oldClient, agent });
  expect(during.status).toBe(200);
  expect(during.remotePort, "adding a CA leaves connections as they are").toBe(first.remotePort);
  expect((await call({ port, hostName, ca, client: newClient })).status).toBe(200);

  await sitePage.fill("Downstream mTLS Credentials", after.certificate);
  await sitePage.saveAndServe(4);
  const served = origin.arrivals.length;
  const onOld = await call({ port, hostName, ca, client: oldClient, agent }).catch(() => null);
  expect(onOld?.status ?? 403).toBe(403);
  expect((await call({ port, hostName, ca, client: oldClient })).status).toBe(403);
  expect(origin.arrivals, "nothing of the old client reaches the origin").toHaveLength(served);
  expect((await call({ port, hostName, ca, client: newClient })).status).toBe(200);
  agent.destroy();
});

test("Terminate Only and Upstream mTLS exclude each other, and say why", async ({ sitePage, createSite }) => {
  await createSite();
  await sitePage.checkbox("Upstream mTLS").check();
  await expect(sitePage.checkbox("SSL/TLS Terminate Only")).toBeDisabled();
  await expect(sitePage.checkbox("SSL/TLS Terminate Only")).toHaveAccessibleDescription(/Upstream mTLS/);
  await expect(sitePage.checkbox("SSL/TLS Enabled")).toBeDisabled();
  await sitePage.checkbox("Upstream mTLS").uncheck();
  await sitePage.checkbox("SSL/TLS Terminate Only").check();
  await expect(sitePage.checkbox("Upstream mTLS")).toBeDisabled();
  await expect(sitePage.checkbox("Upstream mTLS")).toHaveAccessibleDescription(/Terminate Only/);
});
