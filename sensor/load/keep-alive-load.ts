import { createAuthority, createClient, createServer, type Identity } from "#e2e/pki/authority.ts";
import { openTls, type RawClient, type Reply } from "#sensor/client-fixture.ts";
import { startCountingOrigin } from "#sensor/load/counting-origin.ts";
import { startSensorProcess } from "#sensor/process-fixture.ts";

export type KeepAliveReport = {
  /** Those that were answered: what was wanted, or more until the last save was made. */
  requests: number;
  /** One sentence for each request that was not answered as it should have been. */
  failures: string[];
  /** Numbers of requests that did not arrive at the origin exactly once. */
  miscounted: number[];
  /** Clients that were admitted, each on one connection from its first request to its last. */
  clients: number;
  saves: number;
};

const clientsAtFirst = 16;
const savesOfAnother = 50;
const addedAuthorities = 5;

/**
 * At least so many requests over kept connections and mTLS both ways, one in four with a body, while another site is saved fifty
 * times and this one is given five more CAs; with each of these a client of the new CA joins in.
 */
export async function loadKeptConnections(requests: number): Promise<KeepAliveReport> {
  await using sensor = await startSensorProcess();
  const origin = await startCountingOrigin();
  const port = sensor.message.ports.SENSOR_HTTPS_PORT;
  const authority = await createAuthority();
  const trusted = [await createAuthority({ commonName: "Client CA" })];
  const certificate = await createServer(authority, ["shop.test"]);
  const other = await sensor.sites.save({ hostName: "other.test", authority });
  const site = await sensor.sites.save({ ...origin.site, hostName: "shop.test", certificate, downstream: trusted });
  const failures: string[] = [];
  const working: Promise<void>[] = [];
  const marks: { at: number; reach: () => void }[] = [];
  let next = 0;
  let answered = 0;
  let saves = 0;
  let isSaving = true;

  try {
    for (const _ of Array(clientsAtFirst)) await join(trusted[0]);
    await saveAll();
    isSaving = false;
    await Promise.all(working);
  } finally {
    await origin.close();
  }
  const miscounted = [...Array(next).keys()].filter((number) => origin.arrivals(number) !== 1);
  return { requests: answered, failures, miscounted, clients: working.length, saves };

  async function join(issuer: Identity | undefined): Promise<void> {
    if (issuer === undefined) throw new Error("no CA");
    const identity = await createClient(issuer);
    const client = await openTls({ port, servername: "shop.test", client: identity });
    working.push(work(client));
  }

  async function work(client: RawClient): Promise<void> {
    while (next < requests || isSaving) {
      const number = next++;
      try {
        const { status, body } = await ask(client, number);
        if (status !== 200 || body !== String(number)) failures.push(`${number} was answered ${status} ${body}`);
      } catch (failure) {
        // On one connection only: a client that dialled again would hide that it had to.
        failures.push(`${number} was not answered: ${failure}`);
        break;
      }
      answered += 1;
      while (marks[0] !== undefined && marks[0].at <= answered) marks.shift()?.reach();
    }
    client.socket.destroy();
    if (failures.length === 0) return;
    isSaving = false;
    for (const { reach } of marks.splice(0)) reach();
  }

  /** Spread evenly over the requests, each once the one before is served. */
  async function saveAll(): Promise<void> {
    for (let turn = 1; turn <= savesOfAnother; turn += 1) {
      await reached(Math.floor((requests * turn) / (savesOfAnother + 2)));
      await sensor.sites.save({ hostName: "other.test", siteId: other.siteId, authority, maxBodySizeMb: turn });
      saves += 1;
      if (turn % (savesOfAnother / addedAuthorities) !== 0) continue;
      trusted.push(await createAuthority({ commonName: `Client CA ${turn}` }));
      await sensor.sites.save({ ...origin.site, hostName: "shop.test", siteId: site.siteId, certificate, downstream: trusted });
      await join(trusted.at(-1));
    }
  }

  async function reached(at: number): Promise<void> {
    if (answered < at && failures.length === 0) await new Promise<void>((reach) => marks.push({ at, reach }));
  }
}

/** One in four has a body, and none of those may be sent twice by anybody. */
function ask(client: RawClient, number: number): Promise<Reply> {
  if (number % 4 !== 0) return client.get(`/n/${number}`, "shop.test");
  client.send(`POST /n/${number} HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 1000\r\n\r\n${"x".repeat(1_000)}`);
  return client.reply();
}
