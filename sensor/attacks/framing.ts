import { statusOf } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";
import { fetchTls, openTls } from "#sensor/client-fixture.ts";

const hidden = "GET /admin HTTP/1.1\r\nHost: guarded.test\r\n\r\n";
const chunks = `${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`;
const post = (headers: string, body: string) => `POST /x HTTP/1.1\r\nHost: guarded.test\r\n${headers}\r\n\r\n${body}`;

const oneLength = "Framing is judged by the sensor and written anew, never passed on";
const strict = "Node's own parser refuses it, and is never made lenient";

/** A request that two servers would read as two: what the origin reads is what counts. */
export const framing: Attack[] = [
  ...["DELETE", "OPTIONS"].map((method) => ({
    name: `A second request hides in the chunked body of ${method} (CVE-2026-29057)`,
    run: (field: Field) => smuggle(field, `${method} /x HTTP/1.1\r\nHost: guarded.test\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`),
    obvious: `200; the origin read ${method} /x, GET /admin`,
    tessera: `200; the origin read ${method} /x`,
    rule: "Requests with a body are written by our own client, in the framing that was judged; http-proxy carries upgrades alone",
  })),
  smuggling(
    "It hides behind a transfer coding that nobody knows",
    post("Transfer-Encoding: x, chunked", chunks),
    "200; the origin read POST /x",
    "501",
    oneLength,
  ),
  smuggling(
    "It hides behind both Content-Length and Transfer-Encoding",
    post("Content-Length: 4\r\nTransfer-Encoding: chunked", chunks),
    "400",
    "400",
    oneLength,
  ),
  smuggling(
    "It hides behind a coding that comes after more headers than older Nodes show",
    `POST /x HTTP/1.1\r\nHost: guarded.test\r\n${"a:\r\n".repeat(1_100)}Transfer-Encoding: chunked\r\n\r\n${chunks}`,
    "431",
    "431",
    "Node 20 drops what comes behind a thousand headers, and the body is one nobody announced; SENSOR_MAX_HEADERS is never above that",
  ),
  smuggling("It hides behind two lengths", post(`Content-Length: 0\r\nContent-Length: ${hidden.length}`, hidden), "400", "400", strict),
  smuggling("It hides behind a length with a sign", post("Content-Length: +0", hidden), "400", "400", strict),
  smuggling("It hides behind a space before the colon", post("Transfer-Encoding : chunked", chunks), "400", "400", strict),
  smuggling("It hides behind a folded header", post("X: 1\r\n Transfer-Encoding: chunked", chunks), "400", "400", strict, "closed"),
  smuggling("It hides behind chunked that is not last", post("Transfer-Encoding: chunked, identity", chunks), "400", "400", strict, "501"),
  smuggling(
    "It hides behind lines that end in a bare line feed",
    `POST /x HTTP/1.1\nHost: guarded.test\nTransfer-Encoding: chunked\n\n${chunks}`,
    "400",
    "400",
    strict,
    "200; the origin read POST /x",
  ),
  smuggling(
    "It hides behind chunks in HTTP/1.0",
    `POST /x HTTP/1.0\r\nHost: guarded.test\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`,
    "200; the origin read POST /x",
    "400",
    oneLength,
  ),
  smuggling(
    "It hides behind a chunk whose size is too large for a number",
    post("Transfer-Encoding: chunked", `fffffffffffffffff\r\n${hidden}`),
    "400",
    "closed",
    strict,
  ),
];

function smuggling(name: string, text: string, obvious: string, tessera: string, rule: string, lenient?: string): Attack {
  const weakened: Attack["weakened"] = lenient === undefined ? undefined : { where: ["the parser is lenient"], outcome: lenient };
  return { name, run: (field) => smuggle(field, text), obvious, tessera, rule, weakened };
}

/** Sends the bytes as a partner, then an honest request after them, and says what the origin read between the two. */
async function smuggle(field: Field, text: string): Promise<string> {
  const partner = { port: field.port, servername: "guarded.test", client: field.people.partner };
  const client = await openTls(partner);
  client.send(text);
  const status = await statusOf(client);
  client.socket.destroy();
  await fetchTls({ ...partner, path: "/after" }).catch(() => null);
  const read = field.arrivals("guarded.test").map(({ method, url }) => `${method} ${url}`);
  const between = read.filter((line) => line !== "GET /after");
  return between.length === 0 ? status : `${status}; the origin read ${between.join(", ")}`;
}
