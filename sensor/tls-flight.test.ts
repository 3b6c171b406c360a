import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { connect as connectTcp } from "node:net";
import { connect, createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { createAuthority, createServer as createServerIdentity, type Identity } from "#e2e/pki/authority.ts";
import { readDistinguishedName } from "#lib/pki/distinguished-name.ts";
import { createHandshakeTap } from "#sensor/handshake-tap.ts";
import { mostRecords, readServerFlight } from "#sensor/tls-flight.ts";

let server: Identity;
let clients: Identity[];

beforeAll(async () => {
  server = await createServerIdentity(await createAuthority(), ["origin.test"]);
  clients = await Promise.all([createAuthority({ commonName: "First" }), createAuthority({ commonName: "Second" })]);
});

/** What one handshake shows, and what OpenSSL itself took for it: shared signature algorithms come with a CertificateRequest alone. */
async function listen(options: TlsOptions, client: object = {}) {
  const tls = createServer({ cert: server.certificate, key: server.key, ...options });
  tls.on("tlsClientError", () => {});
  tls.listen(0, "127.0.0.1");
  await once(tls, "listening");
  onTestFinished(() => void tls.close());
  const tap = createHandshakeTap();
  const socket = connectTcp((tls.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
  const secured: TLSSocket = connect({ socket: tap.wrap(socket), rejectUnauthorized: false, minVersion: "TLSv1.2", ...client });
  tap.listen(secured);
  await once(secured, "secureConnect");
  const witness = secured.getSharedSigalgs().length > 0;
  const cipher = secured.getCipher().standardName;
  secured.destroy();
  return { ...tap.heard(), witness, cipher };
}

const asking = () => ({ requestCert: true, rejectUnauthorized: false, ca: clients.map(({ certificate }) => certificate) });

describe.each(["TLSv1.2", "TLSv1.3"] as const)("a handshake of %s", (version) => {
  const only = { minVersion: version, maxVersion: version };

  it("shows the chain and the CAs that are asked for, as OpenSSL saw it", async () => {
    const { flight, witness } = await listen({ ...only, ...asking() });
    expect(witness).toBe(true);
    if (flight.request === "unknown" || flight.request === null) throw new Error("it asked");
    expect(flight.version).toBe(version);
    expect(flight.request.names.map(readDistinguishedName).sort()).toEqual(["CN=First", "CN=Second"]);
    expect(flight.chain[0]?.equals(Buffer.from(server.x509.rawData))).toBe(true);
  });

  it("shows that nothing was asked for", async () => {
    const { flight, witness } = await listen(only);
    expect(witness).toBe(false);
    expect(flight).toMatchObject({ version, request: null });
  });

  it("shows an empty list as any CA", async () => {
    const { flight } = await listen({ ...only, requestCert: true, rejectUnauthorized: false, ca: [] });
    expect(flight.request).toEqual({ names: [] });
  });
});

it.each(["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"])("reads TLS 1.3 with %s", async (suite) => {
  const { flight, cipher } = await listen({ ...asking(), minVersion: "TLSv1.3" }, { ciphers: suite });
  expect(cipher).toBe(suite);
  expect(flight).toMatchObject({ version: "TLSv1.3", request: { names: [expect.any(Buffer), expect.any(Buffer)] } });
});

it("reads on after a HelloRetryRequest", async () => {
  const { flight } = await listen({ ...asking(), minVersion: "TLSv1.3", ecdhCurve: "P-521" }, { ecdhCurve: "X25519:P-521" });
  expect(flight).toMatchObject({ version: "TLSv1.3", request: { names: [expect.any(Buffer), expect.any(Buffer)] } });
});

it("reads a chain and a list of CAs that take many records", async () => {
  const many = await Promise.all(Array.from({ length: 40 }, (_, at) => createAuthority({ commonName: `${"long ".repeat(100)}${at}` })));
  const { flight } = await listen({ ...asking(), ca: many.map(({ certificate }) => certificate), minVersion: "TLSv1.3" });
  if (flight.request === "unknown" || flight.request === null) throw new Error("it asked");
  expect(flight.request.names).toHaveLength(40);
});

describe("what cannot be read", () => {
  it.each([
    ["nothing", Buffer.alloc(0)],
    ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["a record cut off", Buffer.from("16030300ff0200", "hex")],
    [
      "a hello with lying lengths",
      Buffer.from("160303002a02000026030300000000000000000000000000000000000000000000000000000000000000ffff", "hex"),
    ],
    ["noise", readFileSync(import.meta.filename)],
  ])("%s is unknown, never an answer", (_, bytes) => {
    expect(readServerFlight(bytes, [])).toEqual({ version: null, chain: [], request: "unknown" });
  });

  it("is a TLS 1.3 handshake without its secret, or with a foreign one", async () => {
    const heard: Buffer[] = [];
    const { port } = await record(heard);
    expect(port).toBeGreaterThan(0);
    const bytes = Buffer.concat(heard);
    for (const secret of [[], [`SERVER_HANDSHAKE_TRAFFIC_SECRET 00 ${"ab".repeat(48)}`]])
      expect(readServerFlight(bytes, secret)).toEqual({ version: "TLSv1.3", chain: [], request: "unknown" });
  });

  it("never throws and never says that nothing was asked for, wherever a byte is wrong", async () => {
    const heard: Buffer[] = [];
    const { keylog } = await record(heard);
    const bytes = Buffer.concat(heard);
    expect(readServerFlight(bytes, keylog).request).toMatchObject({ names: expect.any(Array) });
    for (let at = 0; at < Math.min(bytes.length, 1_500); at += 1) {
      const altered = Buffer.from(bytes);
      altered[at] = (altered[at] ?? 0) ^ 0x55;
      expect(readServerFlight(altered, keylog).request, `byte ${at}`).not.toBeNull();
      expect(readServerFlight(bytes.subarray(0, at), keylog).request, `cut at ${at}`).not.toBeNull();
    }
  });
});

describe("a flight cut into records of one byte", () => {
  const certificate = Buffer.from("one certificate");
  const named = Buffer.from("one CA");
  // The list's length and the certificate's, then the messages of TLS 1.2.
  const chain = message(11, Buffer.concat([number(3, 3 + certificate.length), number(3, certificate.length), certificate]));
  const request = message(
    13,
    Buffer.concat([Buffer.from("0101", "hex"), number(2, 0), number(2, 2 + named.length), number(2, named.length), named]),
  );
  const hello = message(2, Buffer.concat([Buffer.from("0303", "hex"), Buffer.alloc(33), Buffer.from("c02f00", "hex")]));
  const padding = message(99, Buffer.alloc(70_000));

  it("is read like any other", () => {
    const flight = readServerFlight(cut(Buffer.concat([hello, chain, request, message(14, Buffer.alloc(0))]), 1), []);
    expect(flight).toEqual({ version: "TLSv1.2", chain: [certificate], request: { names: [named] } });
  });

  it("is copied once or twice, not once for each record, after a message that is mostly there", () => {
    const copied = vi.spyOn(Buffer, "concat");
    onTestFinished(() => copied.mockRestore());
    const bytes = Buffer.concat([
      cut(hello, 100),
      cut(padding.subarray(0, -900), 16_384),
      cut(padding.subarray(-900), 1),
      cut(request, 100),
    ]);
    copied.mockClear();
    expect(readServerFlight(bytes, []).request).toEqual({ names: [named] });
    const sum = copied.mock.results.reduce((all, { value }) => all + (value as Buffer).length, 0);
    expect(sum).toBeLessThan(3 * bytes.length);
  });

  it("is unknown beyond a number of records, and never taken for one that asks for nothing", () => {
    const rest = Buffer.concat([cut(request, 100), cut(message(14, Buffer.alloc(0)), 100)]);
    const within = Buffer.concat([cut(hello, 100), cut(message(99, Buffer.alloc(mostRecords - 7)), 1), rest]);
    expect(readServerFlight(within, []).request).toEqual({ names: [named] });
    const beyond = Buffer.concat([cut(hello, 100), cut(message(99, Buffer.alloc(mostRecords)), 1), rest.subarray(-9)]);
    expect(readServerFlight(beyond, [])).toEqual({ version: "TLSv1.2", chain: [], request: "unknown" });
  });

  function number(size: number, value: number): Buffer {
    const bytes = Buffer.alloc(size);
    bytes.writeUIntBE(value, 0, size);
    return bytes;
  }

  function message(type: number, body: Buffer): Buffer {
    return Buffer.concat([number(1, type), number(3, body.length), body]);
  }

  /** As handshake records of so many bytes each. */
  function cut(bytes: Buffer, size: number): Buffer {
    const starts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => at * size);
    const parts = starts.map((at) => bytes.subarray(at, at + size));
    return Buffer.concat(parts.flatMap((part) => [Buffer.from("160303", "hex"), number(2, part.length), part]));
  }
});

/** The bytes of one TLS 1.3 handshake in which a certificate was asked for, and its key log. */
async function record(heard: Buffer[]): Promise<{ port: number; keylog: string[] }> {
  const tls = createServer({ cert: server.certificate, key: server.key, ...asking(), minVersion: "TLSv1.3" });
  tls.listen(0, "127.0.0.1");
  await once(tls, "listening");
  onTestFinished(() => void tls.close());
  const { port } = tls.address() as AddressInfo;
  const keylog: string[] = [];
  const socket = connectTcp(port, "127.0.0.1");
  await once(socket, "connect");
  const tap = createHandshakeTap();
  const through = tap.wrap(socket);
  socket.on("data", (chunk: Buffer) => heard.push(chunk));
  const secured = connect({ socket: through, rejectUnauthorized: false });
  secured.on("keylog", (line: Buffer) => keylog.push(line.toString()));
  await once(secured, "secureConnect");
  secured.destroy();
  return { port, keylog };
}
