import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, createServer, type Identity } from "#e2e/pki/authority.ts";
import { alertRecord } from "#sensor/alert.ts";
import { fetchTls, openTls, recordHello } from "#sensor/client-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

let rig: Rig;
let authority: Identity;
let clients: Identity;
let guarded: Identity;

beforeAll(async () => {
  rig = await startRig();
  authority = await createAuthority();
  clients = await createAuthority({ commonName: "Client CA" });
  guarded = await createServer(authority, ["guarded.test"]);
  await rig.save({ hostName: "guarded.test", certificate: guarded, downstream: [clients] });
  await rig.save({ hostName: "plain.test" });
  await rig.save({ hostName: "wild.test", authority, isWildcard: true });
  await rig.save({ hostName: "exact.wild.test", authority });
});
afterAll(() => rig[Symbol.asyncDispose]());

function dial(): Socket {
  const socket = connectTcp(rig.ports.SENSOR_HTTPS_PORT, "127.0.0.1");
  socket.on("error", () => {});
  return socket;
}

async function answerTo(bytes: Buffer): Promise<Buffer> {
  const socket = dial();
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  socket.write(bytes);
  await once(socket, "close");
  return Buffer.concat(received);
}

async function isAlive(): Promise<boolean> {
  return (await fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: "wild.test" })).status === 200;
}

describe("a hello for no site", () => {
  it.each([
    ["of an unknown name", "nobody.test"],
    ["of a site with TLS off", "plain.test"],
    ["two labels below a wildcard", "a.b.wild.test"],
    ["of a label in front of an exact site", "a.guarded.test"],
    ["of a public-looking suffix", "test"],
  ])("%s ends with unrecognized_name and shows no certificate", async (_, servername) => {
    const failure = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername }).catch((error) => error);
    expect(failure.code).toBe("ERR_SSL_TLSV1_UNRECOGNIZED_NAME");
  });

  it("without a name ends the same way", async () => {
    const socket = connect({ host: "127.0.0.1", port: rig.ports.SENSOR_HTTPS_PORT, rejectUnauthorized: false });
    const [failure] = await once(socket, "error");
    expect(failure.code).toBe("ERR_SSL_TLSV1_UNRECOGNIZED_NAME");
  });

  it("writes the alert as one fatal record", () => {
    expect([...alertRecord("unrecognizedName")]).toEqual([21, 3, 3, 0, 2, 2, 112]);
  });
});

describe("a flood of hellos for no site", () => {
  it("fills no disk: a hundred lines a second tell of it, and one how many more there were", async () => {
    rig.log.length = 0;
    const begunAt = performance.now();
    const hello = await recordHello({ servername: "nobody.test" });
    await Promise.all(Array.from({ length: 300 }, () => answerTo(hello)));
    const linesOf = (text: string) => rig.log.filter(({ msg }) => msg === text);
    const leftOut = () => linesOf("more lines like this were left out").reduce((sum, { count }) => sum + Number(count), 0);
    await expect.poll(() => linesOf("connection turned away").length + leftOut(), { timeout: 5_000 }).toBe(300);
    const seconds = Math.ceil((performance.now() - begunAt) / 1_000);
    expect(linesOf("connection turned away").length).toBeLessThanOrEqual(100 * seconds);
    expect(linesOf("more lines like this were left out").filter(({ message }) => message !== "connection turned away")).toEqual([]);
  });
});

describe("a name", () => {
  it.each([
    ["wild.test", "wild.test"],
    ["one.wild.test", "one.wild.test"],
    ["ONE.Wild.TEST", "one.wild.test"],
    ["exact.wild.test", "exact.wild.test"],
    ["EXACT.wild.test", "exact.wild.test"],
  ])("%s is served by its site", async (servername, host) => {
    const reply = await fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername, host });
    expect(reply.status).toBe(200);
  });

  it("goes to the exact site and never to the wildcard beside it", async () => {
    const certificateOf = async (servername: string) => {
      const client = await openTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername });
      const { subjectaltname } = client.socket.getPeerCertificate();
      client.socket.destroy();
      return subjectaltname;
    };
    expect(await certificateOf("exact.wild.test")).toBe("DNS:exact.wild.test");
    expect(await certificateOf("exact2.wild.test")).toBe("DNS:wild.test, DNS:*.wild.test");
  });
});

describe("bytes that are no hello", () => {
  const decodeError = Buffer.from([21, 3, 3, 0, 2, 2, 50]);

  it.each<[string, Buffer]>([
    ["plain HTTP", Buffer.from("GET / HTTP/1.1\r\nHost: guarded.test\r\n\r\n")],
    ["SSH", Buffer.from("SSH-2.0-OpenSSH_9.9\r\n")],
    ["a hello that says it is a megabyte long", Buffer.from([22, 3, 1, 0, 4, 1, 0x10, 0, 0])],
    ["zeros", Buffer.alloc(2_000)],
    ["an alert", Buffer.from([21, 3, 1, 0, 2, 1, 0])],
  ])("%s end with decode_error", async (_, bytes) => {
    expect(await answerTo(bytes)).toEqual(decodeError);
  });

  it("hello, then garbage where the handshake goes on", async () => {
    const socket = dial();
    const client = connect({ socket: dial(), servername: "guarded.test" });
    client.on("error", () => {});
    const hello = await recordHello({ servername: "guarded.test" });
    socket.write(hello);
    await once(socket, "data");
    socket.write(randomBytes(5_000));
    await once(socket.resume(), "close");
    client.destroy();
    expect(await isAlive()).toBe(true);
  });

  it("of every kind, many at once, leave the process serving", async () => {
    const hello = await recordHello({ servername: "guarded.test" });
    const attacks = Array.from({ length: 200 }, (_, round) => {
      const socket = dial();
      const broken = Buffer.from(hello);
      broken[(round * 37) % broken.length] = (round * 101) % 256;
      socket.write(
        round % 3 === 0 ? randomBytes(1 + ((round * 53) % 3_000)) : broken.subarray(0, round % 2 === 0 ? broken.length : round * 2),
      );
      if (round % 5 === 0) socket.resetAndDestroy();
      else if (round % 2 === 0) socket.end();
      else setTimeout(() => socket.destroy(), 50);
      return once(socket.resume(), "close");
    });
    await Promise.all(attacks);
    expect(await isAlive()).toBe(true);
  });
});
