import type { Arrival } from "#e2e/origin.ts";
import { getOf, statusOf, upgradeOf } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";
import { openTls } from "#sensor/client-fixture.ts";

const onlyTheSensor = "Only the sensor tells the origin who asks; `_` and `.` in a name count as `-`";

/** A partner says more about itself than its certificate does. What reaches the origin with the value `forged` is a success. */
export const headers: Attack[] = [
  forging("A partner claims another certificate in X_Client_Cert", ["X_Client_Cert"], "x_client_cert", onlyTheSensor),
  forging("The same in X.Client.Cert", ["X.Client.Cert"], "x.client.cert", onlyTheSensor),
  forging(
    "The same under every name that other proxies use for it",
    ["Client-Cert", "X-SSL-Client-Verify", "X-Forwarded-Client-Cert", "X-Forwarded-Tls-Client-Cert-Info", "X-Amzn-Mtls-Clientcert"],
    "client-cert, x-amzn-mtls-clientcert, x-forwarded-client-cert, x-forwarded-tls-client-cert-info, x-ssl-client-verify",
    onlyTheSensor,
  ),
  {
    ...forging(
      "The same in X-Client-Cert with Expect: 100-continue, for which http-proxy leaves its hook out",
      ["X-Client-Cert", "X-Forwarded-For"],
      "x-client-cert, x-forwarded-for",
      "The origin gets a head that is written anew; Expect is answered, not passed on",
    ),
    run: (field) =>
      forgedIn(
        field,
        `POST / HTTP/1.1\r\nHost: guarded.test\r\nExpect: 100-continue\r\nX-Client-Cert: forged\r\nX-Forwarded-For: forged\r\nContent-Length: 2\r\n\r\nhi`,
      ),
  },
  {
    ...forging("The same on the way to a WebSocket", [], "x_client_cert", onlyTheSensor),
    run: (field) => forgedIn(field, upgradeOf("guarded.test").replace("\r\n\r\n", "\r\nX_Client_Cert: forged\r\n\r\n")),
  },
  {
    ...forging("The same in a trailer", [], "nothing", "Trailers are not passed on"),
    run: (field) =>
      forgedIn(
        field,
        "POST / HTTP/1.1\r\nHost: guarded.test\r\nTransfer-Encoding: chunked\r\nTrailer: X-Client-Cert\r\n\r\n2\r\nhi\r\n0\r\nX-Client-Cert: forged\r\n\r\n",
      ),
  },
  forging(
    "A client claims another address, host or scheme",
    ["Forwarded", "X-Real-IP", "X_Forwarded_For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Request-Id", "X-Forwarded-Proto"],
    "forwarded, x-forwarded-host, x-forwarded-port, x-real-ip, x-request-id, x_forwarded_for",
    "What the sensor says itself is dropped in every spelling and written anew",
  ),
  forging("A client sets Proxy, which a CGI program takes for its own setting (CVE-2016-5385)", ["Proxy"], "proxy", "Proxy is hop-by-hop"),
  {
    name: "A client names the proxy's own headers in Connection, so that the next hop drops them",
    run: async (field) => {
      const connection = "keep-alive, X-Forwarded-For, X-Client-Cert, Host";
      const [arrival] = await arrivalsOf(field, getOf("guarded.test", `Connection: ${connection}\r\n`));
      return /x-forwarded-for/i.test(String(arrival?.headers.connection))
        ? "the origin is told to drop them"
        : "the origin is told nothing";
    },
    obvious: "the origin is told to drop them",
    tessera: "the origin is told nothing",
    rule: "Connection is hop-by-hop; it removes what the client sent, never what the sensor adds",
  },
];

/** Sends the named headers as `forged`; `obvious` are those that reach the origin behind the obvious design. */
function forging(name: string, forged: string[], obvious: string, rule: string): Attack {
  const lines = forged.map((header) => `${header}: forged\r\n`).join("");
  return { name, run: (field) => forgedIn(field, getOf("guarded.test", lines)), obvious, tessera: "nothing", rule };
}

async function forgedIn(field: Field, text: string): Promise<string> {
  const [arrival] = await arrivalsOf(field, text);
  if (arrival === undefined) return "no request";
  const forged = Object.entries(arrival.headers).filter(([, value]) => String(value).includes("forged"));
  return (
    forged
      .map(([name]) => name)
      .toSorted()
      .join(", ") || "nothing"
  );
}

async function arrivalsOf(field: Field, text: string): Promise<Arrival[]> {
  const client = await openTls({ port: field.port, servername: "guarded.test", client: field.people.partner });
  client.send(text);
  while ((await statusOf(client)) === "100");
  client.socket.destroy();
  return field.arrivals("guarded.test");
}
