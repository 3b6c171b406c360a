import { once } from "node:events";
import { vi } from "vitest";
import { createClient } from "#e2e/pki/authority.ts";
import { statusOf, upgradeOf, withArrivals } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";
import { openTls, type RawClient } from "#sensor/client-fixture.ts";
import { afterReduction } from "#sensor/deadlines.ts";

/** A partner who is one no longer, on what it has open. */
export const revisions: Attack[] = [
  {
    name: "A partner whose CA was removed asks again on the connection it kept",
    run: async (field) => {
      const client = await admitted(field, "kept.test");
      await remove(field, "kept.test");
      client.send("GET / HTTP/1.1\r\nHost: kept.test\r\n\r\n");
      return withArrivals(field, "kept.test", await statusOf(client));
    },
    obvious: "200, reached the origin",
    tessera: "closed",
    rule: "A revision that reduces trust takes no new request on old connections",
  },
  {
    name: "The same while an upload of the partner's is still running",
    run: async (field) => {
      const client = await admitted(field, "upload.test");
      client.send("POST / HTTP/1.1\r\nHost: upload.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
      await vi.waitUntil(() => field.arrivals("upload.test").length > 0);
      await remove(field, "upload.test");
      return cutOrNot(client, afterReduction.requestMs);
    },
    obvious: "goes on",
    tessera: "cut",
    rule: "What runs when trust is reduced is cut: requests after 30 s",
  },
  {
    name: "The same over a WebSocket of the partner's",
    run: async (field) => {
      const client = await admitted(field, "socket.test");
      client.send(upgradeOf("socket.test"));
      await statusOf(client);
      field.arrivals("socket.test");
      await remove(field, "socket.test");
      return cutOrNot(client, afterReduction.webSocketMs);
    },
    obvious: "goes on",
    tessera: "cut",
    rule: "What runs when trust is reduced is cut: WebSockets after 5 s",
  },
  {
    name: "A partner's certificate runs out while its connection is open",
    run: async (field) => {
      const { partners } = field.people;
      const end = endOfSecond(Date.now() + 2_000);
      const client = await openTls({
        port: field.port,
        servername: "guarded.test",
        client: await createClient(partners, { notAfter: new Date(end) }),
      });
      await client.get("/", "guarded.test");
      field.arrivals("guarded.test");
      await vi.waitUntil(() => Date.now() > end, { timeout: 5_000 });
      client.send("GET / HTTP/1.1\r\nHost: guarded.test\r\n\r\n");
      return withArrivals(field, "guarded.test", await statusOf(client));
    },
    obvious: "200, reached the origin",
    tessera: "403; CLIENT_CERT_EXPIRED",
    rule: "The certificate's dates are judged again at every request",
  },
];

/** A certificate's dates know whole seconds. */
function endOfSecond(time: number): number {
  return Math.ceil(time / 1_000) * 1_000;
}

async function admitted(field: Field, hostName: string): Promise<RawClient> {
  const { partners, partner } = field.people;
  await field.save({ hostName, clients: [partners] });
  const client = await openTls({ port: field.port, servername: hostName, client: partner });
  await client.get("/", hostName);
  field.arrivals(hostName);
  return client;
}

async function remove(field: Field, hostName: string): Promise<void> {
  await field.save({ hostName, clients: [field.people.others] });
}

/** Whether the connection is there well after the time at which it is to be cut. */
async function cutOrNot(client: RawClient, ms: number): Promise<string> {
  const patience = AbortSignal.timeout(3 * ms);
  const isCut = await Promise.race([client.closed.then(() => true), once(patience, "abort").then(() => false)]);
  client.socket.destroy();
  return isCut ? "cut" : "goes on";
}
