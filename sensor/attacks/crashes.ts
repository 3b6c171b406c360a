import { once } from "node:events";
import { connect } from "node:net";
import { getOf, statusOf, upgradeOf, withArrivals } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";
import { openTls } from "#sensor/client-fixture.ts";

/** Requests that end the process of whoever did not think of them. */
export const crashes: Attack[] = [
  {
    name: "A target that is no URL: GET http://[",
    run: (field) => send(field, getOf("guarded.test").replace("/", "http://[")),
    obvious: "closed; the process ended",
    tessera: "421",
    rule: "The target is judged before http-proxy parses it, and every call of http-proxy is caught",
  },
  {
    name: "A request for a WebSocket pipelined behind a request that is being answered",
    run: (field) => send(field, getOf("guarded.test") + upgradeOf("guarded.test")),
    obvious: "?",
    tessera: "?",
    rule: "Nobody takes a socket on which an answer is still being written",
  },
  {
    name: "CONNECT pipelined behind a request that is being answered",
    run: (field) => send(field, `${getOf("guarded.test")}CONNECT guarded.test:443 HTTP/1.1\r\nHost: guarded.test\r\n\r\n`),
    obvious: "?",
    tessera: "?",
    rule: "Nobody takes a socket on which an answer is still being written",
  },
  {
    name: "Clients that reset their connections while their requests for a WebSocket are refused",
    run: (field) => resetAfter(field, upgradeOf("guarded.test"), false),
    obvious: "?",
    tessera: "serves on",
    rule: "A socket handed out by `upgrade` gets an error listener at once",
  },
  {
    name: "Clients that reset their connections while their requests for a WebSocket are forwarded",
    run: (field) => resetAfter(field, upgradeOf("guarded.test"), true),
    obvious: "?",
    tessera: "serves on",
    rule: "A socket handed out by `upgrade` gets an error listener at once",
  },
  {
    name: "Clients that reset their connections in the middle of a body",
    run: (field) => resetAfter(field, "POST / HTTP/1.1\r\nHost: guarded.test\r\nContent-Length: 100000\r\n\r\nsome", true),
    obvious: "?",
    tessera: "serves on",
    rule: "Every socket and stream has an error listener for its whole life",
  },
];

async function send(field: Field, text: string): Promise<string> {
  const client = await openTls({ port: field.port, servername: "guarded.test", client: field.people.partner });
  client.send(text);
  const status = await statusOf(client);
  client.socket.destroy();
  return withArrivals(field, "guarded.test", status);
}

/** Thirty clients, each of which asks and is gone at once, a turn later, or a moment later. */
async function resetAfter(field: Field, text: string, isPartner: boolean): Promise<string> {
  for (let round = 0; round < 30; round += 1) {
    const raw = connect(field.port, "127.0.0.1");
    const client = isPartner ? field.people.partner : undefined;
    const { send: say } = await openTls({ port: field.port, servername: "guarded.test", client, socket: raw });
    say(text);
    for (let turn = 0; turn < round % 6; turn += 1) await new Promise(setImmediate);
    raw.resetAndDestroy();
    await once(raw, "close");
  }
  return "serves on";
}
