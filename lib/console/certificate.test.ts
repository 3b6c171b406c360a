import { execFileSync } from "node:child_process";
import { renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { describe, expect, onTestFinished, test } from "vitest";
import { type CertificateOptions, createAuthority, createServer } from "#e2e/pki/authority.ts";
import { type ConsoleCertificate, followConsoleCertificate, readConsoleCertificate } from "#lib/console/certificate.ts";
import { openDoor } from "#lib/console/door-fixture.ts";
import { temporaryFolder } from "#lib/store/store-fixture.ts";

const now = new Date();
const days = (count: number) => new Date(now.getTime() + count * 86_400_000);

/** Certificate and key in two files, as the environment names them. */
async function filesOf(options: CertificateOptions = {}, change: (pair: { certificate: string; key: string }) => void = () => {}) {
  const folder = temporaryFolder();
  const files = { certFile: join(folder, "console.crt"), keyFile: join(folder, "console.key") };
  const root = await createAuthority();
  const issuer = await createAuthority({ commonName: "Issuing CA", issuer: root });
  const made = await createServer(issuer, ["console.test"], options);
  const pair = { certificate: issuer.certificate + made.certificate, key: made.key };
  change(pair);
  writeFileSync(files.certFile, pair.certificate);
  writeFileSync(files.keyFile, pair.key);
  return { ...files, leaf: made.certificate, issuer };
}

describe("the console's certificate", () => {
  test("is sent with its chain, leaf first, whatever the order of the file", async () => {
    const { leaf, issuer, ...files } = await filesOf();
    const read = readConsoleCertificate(files, now);
    expect(read.cert).toBe(leaf + issuer.certificate);
    expect(read.leaf.dnsNames).toEqual(["console.test"]);
  });

  test("and its key may stand in one file that is named twice", async () => {
    const { certFile, keyFile } = await filesOf({}, (pair) => {
      pair.certificate += pair.key;
    });
    expect(readConsoleCertificate({ certFile, keyFile: certFile }, now).key).toBe(readConsoleCertificate({ certFile, keyFile }, now).key);
  });

  const encrypt = (key: string) =>
    execFileSync("openssl", ["pkey", "-aes256", "-passout", "pass:secret"], { input: key, encoding: "utf8" });

  test.each<[string, CertificateOptions, (pair: { certificate: string; key: string }) => void, RegExp]>([
    ["has expired", { notBefore: days(-90), notAfter: days(-1) }, () => {}, /expired on/],
    ["is not valid yet", { notBefore: days(1) }, () => {}, /not valid before/],
    ["has a key that is too short", { keyType: "RSA-1024" }, () => {}, /RSA 1024/],
    ["has an encrypted key", {}, (pair) => Object.assign(pair, { key: encrypt(pair.key) }), /is encrypted/],
    ["has no key", {}, (pair) => Object.assign(pair, { key: "" }), /no private key/],
    ["is missing", {}, (pair) => Object.assign(pair, { certificate: "" }), /no certificate/],
    ["is rubbish", {}, (pair) => Object.assign(pair, { certificate: "rubbish" }), /./],
    ["is cut short", {}, (pair) => Object.assign(pair, { certificate: pair.certificate.slice(0, -60) }), /END CERTIFICATE/],
  ])("that %s stops the start with one line that names both files", async (_, options, change, why) => {
    const { certFile, keyFile } = await filesOf(options, change);
    const read = () => readConsoleCertificate({ certFile, keyFile }, now);
    expect(read).toThrow(expect.objectContaining({ code: "console.certificate" }));
    expect(read).toThrow(why);
    expect(read).toThrow(/^The console cannot use CONSOLE_TLS_CERT \(.*console\.crt\) with CONSOLE_TLS_KEY \(.*console\.key\)\. [^\n]+$/);
    expect(read).not.toThrow(/PRIVATE KEY/);
  });

  test("with the key of another one stops the start", async () => {
    const [{ certFile }, { keyFile }] = [await filesOf(), await filesOf()];
    expect(() => readConsoleCertificate({ certFile, keyFile }, now)).toThrow(/does not belong/);
  });

  test("in a file that cannot be read stops the start", async () => {
    const { certFile } = await filesOf();
    expect(() => readConsoleCertificate({ certFile, keyFile: "/proc/none" }, now)).toThrow(
      /^CONSOLE_TLS_KEY \(\/proc\/none\) cannot be read \(ENOENT\): [^\n]+\.$/,
    );
  });
});

describe("a renewal", () => {
  /** As certbot lays it out: links that are pointed elsewhere. */
  async function followed() {
    const folder = temporaryFolder();
    const files = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
    const point = (file: string, target: string) => {
      symlinkSync(target, `${file}.new`);
      renameSync(`${file}.new`, file);
    };
    const first = await filesOf();
    point(files.certFile, first.certFile);
    point(files.keyFile, first.keyFile);
    const door = await openDoor({ certificate: readConsoleCertificate(files, now) });
    const renewed: ConsoleCertificate[] = [];
    const problems: unknown[] = [];
    const follower = followConsoleCertificate(files, {
      onRenewed: (certificate) => {
        renewed.push(certificate);
        door.renew(certificate);
      },
      onProblem: (error) => problems.push(error),
    });
    onTestFinished(() => follower.stop());
    return { ...files, door, first, renewed, problems, point, look: () => follower.look(now), shown: () => shownAt(door.port) };
  }

  test("is served to the next connection, and its names count", async () => {
    const { certFile, keyFile, door, first, point, look, shown } = await followed();
    expect(await shown()).toBe(first.leaf);
    const next = await filesOf({ names: ["renamed.test"] });
    point(certFile, next.certFile);
    point(keyFile, next.keyFile);
    look();
    expect(await shown()).toBe(next.leaf);
    expect((await door.send("GET / HTTP/1.1", "Host: renamed.test:PORT")).status).toBe(200);
    expect((await door.send("GET / HTTP/1.1", "Host: console.test:PORT")).status).toBe(421);
  });

  test("of which only half is written is told once and taken when it is whole", async () => {
    const { certFile, keyFile, first, renewed, problems, point, look, shown } = await followed();
    const next = await filesOf();
    point(certFile, next.certFile);
    look();
    look();
    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining("does not belong") })]);
    expect(await shown()).toBe(first.leaf);
    point(keyFile, next.keyFile);
    look();
    expect(await shown()).toBe(next.leaf);
    expect(renewed).toHaveLength(1);
  });

  test("that never comes changes nothing, files that are gone are told once", async () => {
    const { keyFile, first, renewed, problems, look, shown } = await followed();
    look();
    expect(problems).toEqual([]);
    rmSync(keyFile);
    look();
    look();
    expect(problems).toEqual([expect.objectContaining({ message: expect.stringContaining("cannot be read") })]);
    expect(await shown()).toBe(first.leaf);
    expect(renewed).toEqual([]);
  });
});

/** The leaf that a new connection is shown, as PEM. */
function shownAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false }, () => {
      resolve(`${socket.getPeerX509Certificate()}`);
      socket.destroy();
    });
    socket.on("error", reject);
  });
}
