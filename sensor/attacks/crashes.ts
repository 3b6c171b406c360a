import { once } from "node:events";
import { connect } from "node:net";
import { getOf, statusOf, upgradeOf, withArrivals } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";
import { openTls, recordHello } from "#sensor/client-fixture.ts";

const ownSocket = "Nobody takes a socket on which an answer is still being written";
const listened = "Every socket and stream has an error listener for its whole life; Node lives through this one by itself";

/** Requests that end the process of whoever did not think of them. */
export const crashes: Attack[] = [
  {
    name: "A target that is no URL: GET http://[",
    run: (field) => send(field, getOf("guarded.test").replace("/", "http://[")),
    obvious: "closed; the process ended (exit code 1)",
    tessera: "421; HOST_SNI_MISMATCH",
    rule: "The target is judged before anybody parses it, and every call of http-proxy is caught",
  },
  {
    name: "A handshake fails, and what it was is noted when its connection closes",
    run: async (field) => {
      const socket = connect(field.port, "127.0.0.1");
      const isClosed = new Promise((resolve) => socket.once("close", resolve));
      socket.on("error", () => {});
      socket.write(await recordHello({ servername: "guarded.test" }));
      await once(socket, "data");
      socket.resume().write(Buffer.alloc(100, 1));
      await isClosed;
      return "closed";
    },
    obvious: "closed; the process ended (SIGSEGV)",
    tessera: "closed",
    rule: "A TLS socket is asked in `secureConnection` and never later: afterwards its getters end the process",
  },
  {
    name: "A client without a certificate sends three hundred broken requests",
    run: async (field) => {
      const whole = Buffer.from(upgradeOf("guarded.test") + getOf("guarded.test", "Content-Length: 4\r\nExpect: 100-continue\r\n"));
      for (let round = 0; round < 300; round += 25)
        await Promise.all(Array.from({ length: 25 }, (_, at) => sayBroken(field, breakUp(whole, round + at))));
      return withArrivals(field, "guarded.test", "serves on");
    },
    obvious: "serves on",
    tessera: "serves on; CLIENT_CERT_MISSING",
    rule: "Whatever the parser makes of it, every event that hands out a request asks the gate",
  },
  {
    name: "A partner pipelines three hundred requests, each of which would have a connection to the origin",
    run: async (field) => {
      const client = await openTls({ port: field.port, servername: "guarded.test", client: field.people.partner });
      client.send(withPath(getOf("guarded.test")).repeat(300));
      let answers = 0;
      while (answers < 300 && (await statusOf(client)) === "200") answers += 1;
      client.socket.destroy();
      return `${answers} answers`;
    },
    obvious: "300 answers",
    tessera: "0 answers",
    rule: "More at once than SENSOR_MAX_STREAMS ends the connection, over HTTP/1.1 too",
  },
  pipelined(
    "A request for a WebSocket pipelined behind a request that is being answered",
    upgradeOf("guarded.test"),
    "whichever is ready is answered first",
    "closed",
  ),
  pipelined(
    "CONNECT pipelined behind a request that is being answered",
    "CONNECT guarded.test:443 HTTP/1.1\r\nHost: guarded.test\r\n\r\n",
    "closed",
    "closed",
  ),
  reset("Clients reset their connections while their requests for a WebSocket are refused", upgradeOf("guarded.test"), {
    isPartner: false,
    tessera: "serves on; CLIENT_CERT_MISSING",
    rule: listened,
  }),
  reset("A client resets the connection of its open WebSocket", upgradeOf("guarded.test"), {
    isPartner: true,
    isAnswered: true,
    obvious: "serves on; the process ended (exit code 1)",
    rule: "http-proxy throws what comes beside its callbacks unless somebody listens",
  }),
  reset(
    "Clients reset their connections in the middle of a body",
    "POST / HTTP/1.1\r\nHost: guarded.test\r\nContent-Length: 100000\r\n\r\nsome",
    { isPartner: true, rule: listened },
  ),
];

function pipelined(name: string, second: string, obvious: string, tessera: string): Attack {
  const run = (field: Field) =>
    send(field, withPath(getOf("guarded.test") + second), (status) =>
      status === "closed" ? status : "whichever is ready is answered first",
    );
  return { name, run, obvious, tessera, rule: ownSocket };
}

type Reset = { isPartner: boolean; isAnswered?: boolean; rule: string; obvious?: string; tessera?: string };

/** Thirty clients, each of which asks and is gone at once, some turns later, or with the answer. */
function reset(name: string, text: string, { isPartner, isAnswered = false, ...rest }: Reset): Attack {
  const run = async (field: Field) => {
    for (let round = 0; round < 30; round += 1) {
      const raw = connect(field.port, "127.0.0.1");
      const isClosed = once(raw, "close").catch(() => {});
      const client = isPartner ? field.people.partner : undefined;
      const opened = await openTls({ port: field.port, servername: "guarded.test", client, socket: raw }).catch(() => null);
      opened?.send(withPath(text));
      if (isAnswered) await opened?.reply().catch(() => {});
      else for (let turn = 0; turn < round % 6; turn += 1) await new Promise(setImmediate);
      raw.resetAndDestroy();
      await isClosed;
    }
    return "serves on";
  };
  return { name, run, obvious: "serves on", tessera: "serves on", ...rest };
}

async function sayBroken(field: Field, bytes: Buffer): Promise<void> {
  const { socket, closed } = await openTls({ port: field.port, servername: "guarded.test" });
  socket.end(bytes);
  await closed;
}

/** Up to five bytes changed, and cut short in every third round: the same in every run. */
function breakUp(whole: Buffer, round: number): Buffer {
  const bytes = Buffer.from(whole);
  for (let count = 0; count <= round % 5; count += 1) bytes[(round * 37 + count * 101) % bytes.length] = (round * 101 + count * 57) % 256;
  return round % 3 === 0 ? bytes.subarray(0, 1 + ((round * 53) % bytes.length)) : bytes;
}

/** Whether these reach the origin is left to chance: they are known by their path. */
function withPath(text: string): string {
  return text.replaceAll(/(GET|POST) \//g, "$1 /perhaps");
}

async function send(field: Field, text: string, judge = (status: string) => withArrivals(field, "guarded.test", status)): Promise<string> {
  const client = await openTls({ port: field.port, servername: "guarded.test", client: field.people.partner });
  client.send(text);
  const status = await statusOf(client);
  client.socket.destroy();
  return judge(status);
}
