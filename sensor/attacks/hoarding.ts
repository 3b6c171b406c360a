import { statusOf, upgradeOf } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";
import { fetchTls, openTls } from "#sensor/client-fixture.ts";

/** The sensor's limit while these attacks run, and how many each opens. */
export const mostAtOnce = 10;
const wanted = 25;

/** Clients that keep what they get. */
export const hoarding: Attack[] = [
  {
    name: `A client opens ${wanted} WebSockets and keeps them`,
    run: keepOpen,
    obvious: `${wanted} held, a connection to the origin each`,
    tessera: `${mostAtOnce} held, a connection to the origin each; 503 to the rest`,
    rule: `Requests at once are counted by address (here ${mostAtOnce} may be) and by site, before anything reaches the origin`,
    weakened: { where: ["nobody counts requests"], outcome: `${wanted} held, a connection to the origin each` },
  },
];

async function keepOpen(field: Field): Promise<string> {
  const clients = await Promise.all(Array.from({ length: wanted }, () => openTls({ port: field.port, servername: "open.test" })));
  const statuses = await Promise.all(
    clients.map((client) => {
      client.send(upgradeOf("open.test"));
      return statusOf(client);
    }),
  );
  const held = statuses.filter((status) => status === "101").length;
  const { length } = field.arrivals("open.test");
  for (const { socket } of clients) socket.destroy();
  await servedAgain(field);
  const others = [...new Set(statuses.filter((status) => status !== "101"))].map((status) => `; ${status} to the rest`);
  return `${held} held, ${length === held ? "a connection" : `${length} connections`} to the origin each${others.join("")}`;
}

/** Whoever lets go may come again, as soon as it is noticed. */
async function servedAgain(field: Field): Promise<void> {
  let status = 0;
  while (status !== 200) ({ status } = await fetchTls({ port: field.port, servername: "open.test" }));
  field.arrivals("open.test");
}
