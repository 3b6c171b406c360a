import { createPrivateKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkAgainstNode, checkReadings } from "#e2e/fuzz/pem-rules.ts";
import { createAuthority, createClient, createServer } from "#e2e/pki/authority.ts";
import { opensslOutput } from "#lib/pki/openssl-output.fixture.ts";
import { mostPemBlocks, readPem } from "#lib/pki/pem.ts";
import { mentionsPrivateKey } from "#lib/pki/pem-lines.ts";
import { largestPemBytes } from "#lib/pki/pem-size.ts";

const root = await createAuthority();
const client = await createClient(root);
const der = Buffer.from(root.x509.rawData);
const base64 = der.toString("base64");
const body = root.certificate.split("\n").slice(1, -2).join("\n");
const wrap = (label: string, content = body) => `-----BEGIN ${label}-----\n${content}\n-----END ${label}-----\n`;
const encryptedPkcs8 = createPrivateKey(root.key)
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
  .toString();
const encryptedSec1 = createPrivateKey(root.key).export({ type: "sec1", format: "pem", cipher: "aes-256-cbc", passphrase: "x" }).toString();

/** What a browser makes of a dropped file: bytes read as UTF-8. */
const asText = (bytes: Buffer) => new TextDecoder().decode(bytes);

describe("text that is accepted", () => {
  const accepted: [string, string, string[]][] = [
    ["one certificate", root.certificate, ["CERTIFICATE"]],
    ["a certificate and its key", client.bundle, ["CERTIFICATE", "PRIVATE KEY"]],
    ["Windows line ends", client.bundle.replaceAll("\n", "\r\n"), ["CERTIFICATE", "PRIVATE KEY"]],
    ["line ends of old Macs", client.bundle.replaceAll("\n", "\r"), ["CERTIFICATE", "PRIVATE KEY"]],
    ["a byte order mark", `\ufeff${root.certificate}`, ["CERTIFICATE"]],
    ["no line end after the last line", root.certificate.trimEnd(), ["CERTIFICATE"]],
    ["indented text", root.certificate.replaceAll(/^/gm, "    "), ["CERTIFICATE"]],
    ["tabs and spaces behind the lines", root.certificate.replaceAll("\n", " \t\n"), ["CERTIFICATE"]],
    ["non-breaking spaces around the lines", root.certificate.replaceAll("\n", "\u00a0\n\u00a0"), ["CERTIFICATE"]],
    ["empty lines inside a block", root.certificate.replaceAll("\n", "\n\n"), ["CERTIFICATE"]],
    ["one long line of base64", wrap("CERTIFICATE", base64), ["CERTIFICATE"]],
    ["comments", `# root of the partner\n${root.certificate}  # end\n`, ["CERTIFICATE"]],
    ["the older spelling of the label", wrap("X509 CERTIFICATE"), ["CERTIFICATE"]],
    ["openssl x509 -text before the block", opensslOutput.certificateText, ["CERTIFICATE"]],
    ["openssl x509 -text, indented", opensslOutput.certificateText.replaceAll(/^/gm, "  "), ["CERTIFICATE"]],
    [
      "names and dates that openssl prints",
      `subject=CN = a\nissuer=CN = b\nnotBefore=x\nsha256 Fingerprint=AB\n${root.certificate}`,
      ["CERTIFICATE"],
    ],
    [
      "openssl s_client -showcerts",
      `Certificate chain\n 0 s:CN = a\n   i:CN = b\n   a:PKEY: id-ecPublicKey, 256 (bit)\n   v:NotBefore: x\n${root.certificate}---\nServer certificate\n`,
      ["CERTIFICATE"],
    ],
    ["openssl pkcs12", opensslOutput.pkcs12Text, ["CERTIFICATE", "PRIVATE KEY"]],
    ["openssl ecparam -genkey", opensslOutput.keyWithParameters, ["EC PRIVATE KEY"]],
    ["an encrypted key (PKCS#8)", encryptedPkcs8, ["ENCRYPTED PRIVATE KEY"]],
    ["an encrypted key (RFC 1421 headers)", encryptedSec1, ["EC PRIVATE KEY"]],
    ["nothing", "", []],
    ["white space", " \n\t\r\n", []],
  ];
  test.each(accepted)("%s", (_name, text, labels) => {
    const { blocks, findings } = readPem(text);
    expect(findings).toEqual([]);
    expect(blocks.map((block) => block.label)).toEqual(labels);
  });

  test("gives the exact bytes of every block and marks encrypted ones", () => {
    expect(readPem(root.certificate).blocks).toEqual([{ number: 1, label: "CERTIFICATE", der, isEncrypted: false }]);
    expect(readPem(encryptedPkcs8 + encryptedSec1).blocks.map((block) => block.isEncrypted)).toEqual([true, true]);
  });
});

describe("text that is refused", () => {
  const pkcs12 = Buffer.from(opensslOutput.pkcs12Base64, "base64");
  const pkcs7 = Buffer.from(opensslOutput.pkcs7Base64, "base64");
  const { keyText } = opensslOutput;
  const zeroed = Buffer.from(root.certificate, "utf16le");
  const refused: [string, string, [string, number?][]][] = [
    ["text after a block", `${root.certificate}hello`, [["pem.trailing-text"]]],
    ["text before a block", `hello\n${root.certificate}`, [["pem.trailing-text"]]],
    ["a YAML key above an indented block", `cert: |\n  ${root.certificate.replaceAll("\n", "\n  ")}`, [["pem.trailing-text"]]],
    ["no PEM at all", "hello", [["pem.trailing-text"]]],
    ["a character that is not base64", root.certificate.replace(/\n(.{20})./, "\n$1%"), [["pem.broken-base64", 1]]],
    ["a space inside the base64", root.certificate.replace(/\n(.{20})./, "\n$1 "), [["pem.broken-base64", 1]]],
    ["a missing character", wrap("CERTIFICATE", base64.slice(0, 41)), [["pem.broken-base64", 1]]],
    ["padding in the middle", wrap("CERTIFICATE", "MIIB==\nMIIB"), [["pem.broken-base64", 1]]],
    ["bits beyond the last byte", wrap("CERTIFICATE", "MII="), []],
    ["bits that no byte holds", wrap("CERTIFICATE", "MIJ="), [["pem.broken-base64", 1]]],
    ["an empty block", wrap("CERTIFICATE", ""), [["pem.empty-block", 1]]],
    ["a certificate with headers", wrap("CERTIFICATE", `X: y\n\n${body}`), [["pem.headers", 1]]],
    ["a block without END", root.certificate.replace(/-----END.*/, ""), [["pem.truncated", 1]]],
    ["a block cut off by the next", root.certificate.replace(/-----END.*/, "") + root.certificate, [["pem.truncated", 1]]],
    ["a block without BEGIN", body + root.certificate.slice(root.certificate.indexOf("\n-----END")), [["pem.missing-begin", 1]]],
    ["a block that ends as another", root.certificate.replace("END CERTIFICATE", "END PRIVATE KEY"), [["pem.label-mismatch", 1]]],
    ["four hyphens", root.certificate.replace("-----BEGIN", "----BEGIN"), [["pem.missing-begin", 1]]],
    ["four hyphens at the end", root.certificate.replace("CERTIFICATE-----\nM", "CERTIFICATE----\nM"), [["pem.missing-begin", 1]]],
    ["the dashes of a word processor", root.certificate.replaceAll("-----", "—–"), [["pem.broken-armour"]]],
    ["a whole block on one line", root.certificate.replaceAll("\n", " "), [["pem.one-line"]]],
    ["line breaks written as \\n", root.certificate.replaceAll("\n", "\\n"), [["pem.escaped-line-breaks"]]],
    ["base64 without its lines", base64, [["pem.no-armour"]]],
    ["base64 without its lines, broken in lines", body, [["pem.no-armour"]]],
    ["a DER file dropped", asText(der), [["pem.der"]]],
    ["a DER file read as Latin-1", der.toString("latin1"), [["pem.der"]]],
    ["a DER key dropped", asText(client.keys.privateKey.export({ type: "pkcs8", format: "der" })), [["pem.der"]]],
    ["another binary file", "\ufffdPNG\r\n\x1a\n", [["pem.binary"]]],
    ["a PKCS#12 file dropped", asText(pkcs12), [["pem.pkcs12"]]],
    ["a PKCS#12 file in base64", pkcs12.toString("base64"), [["pem.pkcs12"]]],
    ["PKCS#12 under its label", wrap("PKCS12"), [["pem.pkcs12", 1]]],
    ["a PKCS#7 file dropped", asText(pkcs7), [["pem.pkcs7"]]],
    ["a PKCS#7 file in base64", pkcs7.toString("base64").replaceAll(/.{64}/g, "$&\n"), [["pem.pkcs7"]]],
    ["PKCS#7 under its label", wrap("PKCS7"), [["pem.pkcs7", 1]]],
    ["CMS", wrap("CMS"), [["pem.pkcs7", 1]]],
    ["UTF-16 read as UTF-8", asText(zeroed), [["pem.utf-16"]]],
    ["UTF-16 with its mark", asText(Buffer.concat([Buffer.from([0xff, 0xfe]), zeroed])), [["pem.utf-16"]]],
    ["a trusted certificate", wrap("TRUSTED CERTIFICATE"), [["pem.trusted-certificate", 1]]],
    ["a revocation list", wrap("X509 CRL"), [["pem.crl", 1]]],
    ["a request", wrap("CERTIFICATE REQUEST"), [["pem.request", 1]]],
    ["a request under its older name", wrap("NEW CERTIFICATE REQUEST"), [["pem.request", 1]]],
    ["a public key", root.certificate + wrap("PUBLIC KEY"), [["pem.public-key", 2]]],
    ["Diffie-Hellman parameters", wrap("DH PARAMETERS"), [["pem.dh-parameters", 1]]],
    ["a curve's own parameters", wrap("EC PARAMETERS", "MIH3AgEBMCwGByqGSM49AQECIQD/////"), [["pem.curve-parameters", 1]]],
    ["a private key under the label of a curve", client.key.replaceAll("PRIVATE KEY", "EC PARAMETERS"), [["pem.curve-parameters", 1]]],
    ["text under the label of a curve", wrap("EC PARAMETERS", "password"), [["pem.curve-parameters", 1]]],
    ["a sentence under the label of a curve", wrap("EC PARAMETERS", "hunter2!"), [["pem.broken-base64", 1]]],
    ["an encrypted key under the label of a curve", encryptedSec1.replaceAll("EC PRIVATE KEY", "EC PARAMETERS"), [["pem.headers", 1]]],
    ["an encrypted key under the label of a certificate", encryptedSec1.replaceAll("EC PRIVATE KEY", "CERTIFICATE"), [["pem.headers", 1]]],
    ["a line among a key's headers that is none", encryptedSec1.replace("DEK-Info", "note\nDEK-Info"), [["pem.broken-base64", 1]]],
    ["a BEGIN that lost its line break", `subject=CN = a${root.certificate}`, [["pem.missing-begin", 1]]],
    ["an unknown block", wrap("PGP MESSAGE"), [["pem.unknown-label", 1]]],
    ["a key in a comment", root.key.replaceAll(/^/gm, "# "), [["pem.commented-key"], ["pem.commented-key"]]],
    ["a key as text", keyText, [["pem.key-dump"]]],
    ["base64 under a bag's attributes", `Bag Attributes\n    ${base64.slice(0, 64)}\n`, [["pem.no-armour"]]],
    ["a key as text under a bag's attributes", `Bag Attributes\n  ${keyText.replaceAll("\n", "\n  ")}`, [["pem.key-dump"]]],
    ["more than 256 KB", "#".repeat(largestPemBytes + 1), [["pem.too-large"]]],
    ["more than 256 KB of UTF-8", "é".repeat(largestPemBytes / 2 + 1), [["pem.too-large"]]],
    ["more than 200 blocks", wrap("CERTIFICATE", "MAA=").repeat(mostPemBlocks + 1), [["pem.too-many-blocks"]]],
  ];
  test.each(refused)("%s", (_name, text, expected) => {
    const { findings } = readPem(text);
    expect(findings.map(({ code, block }) => (block === undefined ? [code] : [code, block]))).toEqual(expected);
    expect(findings.every((finding) => finding.severity === "error" && /[.]$/.test(finding.message))).toBe(true);
  });

  test.each(["openssl pkcs12", "openssl pkcs7", "openssl x509"])("tells the %s line to convert with", (command) => {
    const messages = [asText(pkcs12), asText(pkcs7), asText(der)].flatMap((text) =>
      readPem(text).findings.map((finding) => finding.message),
    );
    expect(messages.join("\n")).toContain(`\`${command} `);
  });

  test("keeps the blocks around a broken one and counts every block of the text", async () => {
    const server = await createServer(root, ["a.test"]);
    const { blocks, findings } = readPem(root.certificate + wrap("X509 CRL") + wrap("CERTIFICATE", "%%%%") + server.certificate);
    expect(blocks.map((block) => block.number)).toEqual([1, 4]);
    expect(findings.map(({ code, block }) => [code, block])).toEqual([
      ["pem.crl", 2],
      ["pem.broken-base64", 3],
    ]);
  });

  test("leaves out repeated blocks and says so", () => {
    const { blocks, findings } = readPem(root.certificate + client.certificate + root.certificate);
    expect(blocks.map((block) => block.number)).toEqual([1, 2]);
    expect(findings).toEqual([expect.objectContaining({ code: "pem.duplicate", severity: "warning", block: 3 })]);
  });

  test("takes exactly 200 blocks and 256 KB", () => {
    expect(readPem(wrap("CERTIFICATE", "MAA=").repeat(mostPemBlocks)).findings.every(({ code }) => code === "pem.duplicate")).toBe(true);
    expect(readPem("#".repeat(largestPemBytes)).findings).toEqual([]);
  });

  test("does not bury its reader under findings", () => {
    expect(readPem("a\n#\n".repeat(60_000)).findings.length).toBeLessThanOrEqual(10);
  });
});

describe("what a message repeats", () => {
  const secrets = (text: string) => text.split(/[\s:]+/).filter((word) => word.length >= 8 && !/[-]/.test(word));
  const texts: [string, string][] = [
    ["a key without its lines", root.key.split("\n").slice(1, -2).join("\n")],
    ["the last line of a key", root.key.split("\n").slice(-3, -2).join("\n")],
    ["a key without BEGIN", root.key.slice(root.key.indexOf("\n") + 1)],
    ["a key with a broken BEGIN", root.key.replace("-----BEGIN", "--BEGIN")],
    ["a key on one line", root.key.replaceAll("\n", " ")],
    ["a key with escaped line breaks", JSON.stringify({ key: root.key })],
    ["a JSON web key", JSON.stringify(root.keys.privateKey.export({ format: "jwk" }))],
    ["a key as text", opensslOutput.keyText],
    ["a commented key", root.key.replaceAll(/^/gm, "# ")],
    ["a broken key", root.key.replace(/\n(.{20})./, "\n$1%")],
    ["a password", "password: hunter2hunter2"],
  ];
  test.each(texts)("nothing of %s", (_name, text) => {
    const { findings } = readPem(text);
    expect(findings.length).toBeGreaterThan(0);
    for (const secret of secrets(text)) for (const finding of findings) expect(finding.message).not.toContain(secret);
  });

  test("a harmless line, shortened", () => {
    expect(readPem("Dear colleague, here is the certificate you asked for").findings[0]?.message).toContain(
      "“Dear colleague, here is the certificate …”",
    );
  });
});

describe("a private key that is meant to be there", () => {
  test.each([
    ["whole", root.key, true],
    ["without END", root.key.replace(/-----END.*/, ""), true],
    ["without BEGIN", root.key.slice(root.key.indexOf("\n") + 1), true],
    ["in a comment", root.key.replaceAll(/^/gm, "# "), true],
    ["absent", root.certificate, false],
    ["only spoken of", "# never paste the PRIVATE KEY here", false],
  ])("%s", (_name, text, expected) => expect(mentionsPrivateKey(text)).toBe(expected));
});

describe("a mutated text", () => {
  test("never makes the reader throw or pass over a stray line", () => {
    const { whole, refused } = checkReadings(3_000);
    for (const met of [whole, refused]) expect(met).toBeGreaterThan(100);
  });

  test("holds for Node the very certificates and keys that were read, and no key that would be stored for all to see", () => {
    const tally = checkAgainstNode(400);
    for (const met of ["whole", "whole with a key", "refused with a key"]) expect(tally[met]).toBeGreaterThan(10);
  });
});

describe("the time a text takes grows no faster than the text", () => {
  const hostile: [string, (size: number) => string][] = [
    ["hyphens", (size) => "-".repeat(size)],
    ["BEGIN without end", (size) => "-----BEGIN ".repeat(size / 11)],
    ["BEGIN lines", (size) => "-----BEGIN A-----\n".repeat(size / 18)],
    ["END lines", (size) => "-----END A-----\n".repeat(size / 16)],
    ["spaces", (size) => " ".repeat(size)],
    ["equals signs", (size) => wrap("CERTIFICATE", "=".repeat(size - 60))],
    ["one line of base64", (size) => "A".repeat(size)],
    ["headers", (size) => wrap("RSA PRIVATE KEY", "a: b\n".repeat(size / 5 - 20))],
    ["bags", (size) => "Bag Attributes:\n  x\n".repeat(size / 20)],
    ["loose lines", (size) => "ab\n".repeat(size / 3)],
    ["broken blocks", (size) => wrap("CERTIFICATE", "%").repeat(size / 58)],
  ];
  test.each(hostile)("%s, of the largest size that is read and of a megabyte", (_name, make) => {
    for (const size of [largestPemBytes, 1_048_576]) {
      const [small, large] = [make(size / 16), make(size)];
      // Of a text sixteen times as long; what is quadratic takes 256 times as long. The floor is for what takes no time.
      expect(cpuMs(large)).toBeLessThan(64 * Math.max(cpuMs(small), 1));
    }
  });
});

/** Processor time of this thread, the least of three, so that a busy machine does not count. */
function cpuMs(text: string): number {
  const times = [1, 2, 3].map(() => {
    const before = process.threadCpuUsage();
    readPem(text);
    mentionsPrivateKey(text);
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}
