import { ask, getOf, upgradeOf, wordFor } from "#sensor/attacks/ask.ts";
import type { Attack } from "#sensor/attacks/attack.ts";
import type { Field } from "#sensor/attacks/field.ts";
import { openTls } from "#sensor/client-fixture.ts";

const oneSite = "Every name in a request must be of the site whose TLS server made the handshake";
const normal = "One normal form for stored names, SNI and Host";
const noDefault = "No default site: without a name that is served there is an alert and no certificate";

/** One name for the handshake and another for the request (CVE-2022-23632, CVE-2026-48491 and their like). */
export const names: Attack[] = [
  {
    name: "A partner of one site names another site in Host",
    run: (field) => ask(field, { aim: "guarded.test", servername: "other.test", client: field.people.other }),
    obvious: "200, reached the origin",
    tessera: "421; HOST_SNI_MISMATCH",
    rule: oneSite,
  },
  {
    name: "The same in a request for a WebSocket",
    run: (field) =>
      ask(field, { aim: "guarded.test", servername: "other.test", client: field.people.other, text: upgradeOf("guarded.test") }),
    obvious: "101, reached the origin",
    tessera: "421; HOST_SNI_MISMATCH",
    rule: oneSite,
  },
  {
    name: "The same with an absolute URI of the client's own site",
    run: (field) => {
      const text = getOf("guarded.test").replace("/", "https://other.test/");
      return ask(field, { aim: "guarded.test", servername: "other.test", client: field.people.other, text });
    },
    obvious: "200, reached the origin",
    tessera: "421; HOST_SNI_MISMATCH",
    rule: oneSite,
  },
  {
    name: "The same with two Host headers, of which the second is the client's own site",
    run: (field) => {
      const text = getOf("guarded.test", "Host: other.test\r\n");
      return ask(field, { aim: "guarded.test", servername: "other.test", client: field.people.other, text });
    },
    obvious: "200, reached the origin",
    tessera: "400",
    rule: "More than one Host is 400 (RFC 9112 §3.2)",
  },
  {
    name: "The same on a connection kept from an earlier, honest request",
    run: async (field) => {
      const client = await openTls({ port: field.port, servername: "other.test", client: field.people.other });
      await client.get("/", "other.test");
      const { status } = await client.get("/", "guarded.test");
      client.socket.destroy();
      field.arrivals("other.test");
      return said(field, status);
    },
    obvious: "200, reached the origin",
    tessera: "421; HOST_SNI_MISMATCH",
    rule: oneSite,
  },
  {
    name: "The same by an observed site, which knows the client's certificate and refuses nobody",
    run: (field) => ask(field, { aim: "guarded.test", servername: "observed.test", client: field.people.other }),
    obvious: "200, reached the origin",
    tessera: "421; HOST_SNI_MISMATCH",
    rule: oneSite,
  },
  {
    name: "A client with a certificate of a public CA goes in by an open site and names a guarded one in Host",
    run: (field) => ask(field, { aim: "guarded.test", servername: "open.test", client: field.people.anybody }),
    obvious: "200, reached the origin",
    tessera: "421; HOST_SNI_MISMATCH",
    rule: oneSite,
  },
  {
    name: "The same by a wildcard that covers the guarded site's name",
    run: (field) => ask(field, { aim: "exact.wild.test", servername: "one.wild.test", client: field.people.anybody }),
    obvious: "200, reached the origin",
    tessera: "421; HOST_SNI_MISMATCH",
    rule: "An exact site beats a wildcard, in the handshake and in Host",
  },
  {
    name: "The same with the guarded site's name in capitals in the handshake",
    run: (field) => ask(field, { aim: "guarded.test", servername: "GUARDED.Test", client: field.people.anybody }),
    obvious: "200, reached the origin",
    tessera: "403; CLIENT_CERT_UNTRUSTED",
    rule: normal,
  },
  {
    name: "The same with a dot behind the guarded site's name in the handshake",
    run: (field) => ask(field, { aim: "guarded.test", servername: "guarded.test.", client: field.people.anybody }),
    obvious: "200, reached the origin",
    tessera: "403; CLIENT_CERT_UNTRUSTED",
    rule: normal,
  },
  {
    name: "The same with an unknown name in the handshake",
    run: (field) => ask(field, { aim: "guarded.test", servername: "nobody.test", client: field.people.anybody }),
    obvious: "200, reached the origin",
    tessera: "alert unrecognized_name",
    rule: noDefault,
  },
  {
    name: "The same with no name in the handshake",
    run: (field) => ask(field, { aim: "guarded.test", servername: "", client: field.people.anybody }),
    obvious: "200, reached the origin",
    tessera: "alert unrecognized_name",
    rule: noDefault,
  },
  {
    name: "A stranger asks for no site at all, to learn which there are",
    run: (field) => shownTo(field, ""),
    obvious: "shows the certificate of open.test",
    tessera: "alert unrecognized_name",
    rule: noDefault,
  },
  {
    name: "A browser visits an open site beside a guarded one",
    run: async (field) => {
      let isAsked = false;
      const client = await openTls({ port: field.port, servername: "open.test", client: field.people.partner });
      await client.get("/", "open.test");
      isAsked = JSON.stringify(client.socket.getSharedSigalgs()) !== "[]";
      client.socket.destroy();
      return isAsked ? "asked" : "not asked";
    },
    obvious: "asked",
    tessera: "not asked",
    rule: "A site with neither Downstream mTLS nor Observe clients asks nobody for a certificate",
  },
];

async function shownTo(field: Field, servername: string): Promise<string> {
  const client = await openTls({ port: field.port, servername }).catch(wordFor);
  if (typeof client === "string") return client;
  const { subject } = client.socket.getPeerCertificate();
  client.socket.destroy();
  return `shows the certificate of ${subject.CN}`;
}

function said(field: Field, status: number): string {
  return field.arrivals("guarded.test").length === 0 ? String(status) : `${status}, reached the origin`;
}
