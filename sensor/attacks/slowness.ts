import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { getOf } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";
import { openTls, recordHello } from "#sensor/client-fixture.ts";

/** The limits of both sides while these attacks run, in milliseconds; a connection that outlasts `patienceMs` counts as open. */
export const limitMs = 300;
const patienceMs = 5 * limitMs;

const own = "Deadlines of the sensor's own: a server that never listens enforces none";

/** Clients that take their time. */
export const slowness: Attack[] = [
  slow("A client connects and says nothing", "closed", own, async (field) => dial(field)),
  slow("A client sends its hello a byte at a time", "closed", own, async (field) => {
    const socket = dial(field);
    drip(socket, await recordHello({ servername: "guarded.test" }));
    return socket;
  }),
  slow("A client stops after its hello", "closed", own, async (field) => {
    const socket = dial(field);
    socket.write(await recordHello({ servername: "guarded.test" }));
    return socket;
  }),
  slow("A client without a certificate ends its handshake and says nothing", "closed", own, async (field) => {
    return (await openTls({ port: field.port, servername: "guarded.test" })).socket;
  }),
  slow("A client sends its request's head a byte at a time", "closed", own, async (field) => {
    const { socket } = await openTls({ port: field.port, servername: "open.test" });
    drip(socket, Buffer.from(getOf("open.test", `X: ${"a".repeat(1_000)}\r\n`)));
    return socket;
  }),
  slow("A client sends its second request's head a byte at a time", "closed", own, async (field) => {
    const client = await openTls({ port: field.port, servername: "open.test" });
    await client.get("/", "open.test");
    drip(client.socket, Buffer.from(getOf("open.test", `X: ${"a".repeat(1_000)}\r\n`)));
    return client.socket;
  }),
  {
    name: "A client asks for 24 MB and takes none of it",
    run: takeNothing,
    obvious: "open",
    tessera: "closed",
    rule: "What waits to be sent and does not move is cut",
    weakened: { where: ["nobody looks at deadlines"], outcome: "open" },
  },
];

function slow(name: string, obvious: string, rule: string, begin: (field: Field) => Promise<Socket>): Attack {
  return {
    name,
    run: async (field) => {
      const socket = await begin(field);
      await Promise.race([closeOf(socket), once(AbortSignal.timeout(patienceMs), "abort")]);
      const outcome = socket.destroyed ? "closed" : "open";
      socket.destroy();
      field.arrivals("open.test");
      return outcome;
    },
    obvious,
    tessera: "closed",
    rule,
    weakened: { where: ["nobody looks at deadlines"], outcome: "open" },
  };
}

/** The end shows only to a client that reads on: then whether the answer was held for it. */
async function takeNothing(field: Field): Promise<string> {
  const socket = connectTls({ port: field.port, host: "127.0.0.1", servername: "open.test", rejectUnauthorized: false });
  socket.on("error", () => {});
  let length = 0;
  socket.on("data", (bytes) => {
    length += bytes.length;
  });
  socket.write(getOf("open.test", "Connection: close\r\n").replace("/", "/large"));
  await once(socket, "data");
  socket.pause();
  await once(AbortSignal.timeout(patienceMs), "abort");
  await closeOf(socket.resume());
  field.arrivals("open.test");
  return length < 24 * 1_048_576 ? "closed" : "open";
}

function dial(field: Field): Socket {
  const socket = connect({ port: field.port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  return socket.resume();
}

/** An error before it, of writing to who has gone, is part of the matter. */
function closeOf(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once("close", resolve));
}

function drip(socket: Socket, bytes: Buffer): void {
  let at = 0;
  const timer = setInterval(() => socket.write(bytes.subarray(at, ++at)), 10);
  socket.once("close", () => clearInterval(timer));
}
