import type { Field } from "#sensor/attacks/field.ts";
import { type ClientOptions, openTls, type RawClient } from "#sensor/client-fixture.ts";

/** One request of an attacker: whose site's origin it is aimed at, and what is said on the way. */
export type Asked = Omit<ClientOptions, "port"> & {
  aim: string;
  /** The request's bytes; a GET for the site aimed at unless told. */
  text?: string;
};

/** Asks and says what came of it: the status, the alert or `closed`, and whether the origin heard of it. */
export async function ask(field: Field, { aim, text = getOf(aim), ...options }: Asked): Promise<string> {
  const client = await openTls({ port: field.port, ...options }).catch(wordFor);
  if (typeof client === "string") return client;
  client.send(text);
  const status = await statusOf(client);
  client.socket.destroy();
  return withArrivals(field, aim, status);
}

export const getOf = (host: string, headers = "") => `GET / HTTP/1.1\r\nHost: ${host}\r\n${headers}\r\n`;

export const upgradeOf = (host: string) =>
  getOf(host, "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n");

export function withArrivals(field: Field, aim: string, said: string): string {
  const { length } = field.arrivals(aim);
  return length === 0 ? said : `${said}, ${length === 1 ? "reached" : `${length} requests reached`} the origin`;
}

/** The next answer's status, or `closed`. */
export async function statusOf(client: RawClient): Promise<string> {
  return client.reply().then(
    ({ status }) => String(status),
    () => "closed",
  );
}

/** A failed handshake in a word: the alert's name, or `closed`. */
export function wordFor(failure: NodeJS.ErrnoException): string {
  const alert = /^ERR_SSL_TLSV1_(?:ALERT_)?(.+)$/.exec(failure.code ?? "")?.[1]?.toLowerCase();
  return alert === undefined ? "closed" : `alert ${alert}`;
}
