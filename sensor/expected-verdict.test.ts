import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CertificateOptions, createAuthority, createClient, Extension, type Identity, KeyUsageFlags } from "#e2e/pki/authority.ts";
import { type ExpectedVerdict, expectVerdict } from "#lib/site/expected-verdict.ts";
import { clientCases, type Presented, root, stranger } from "#sensor/client-cases-fixture.ts";
import { fetchTls } from "#sensor/client-fixture.ts";
import { predict, read } from "#sensor/expected-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

const day = 86_400_000;
const past: CertificateOptions = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };

let rig: Rig;
let web: Identity;
let sites = 0;
const hosts = new Map<string, string>();

beforeAll(async () => {
  rig = await startRig();
  web = await createAuthority();
});
afterAll(() => rig[Symbol.asyncDispose]());

/** What the sensor really says of this client at a site with these CAs. */
async function observe(anchors: Identity[], presented: Presented): Promise<unknown> {
  const key = anchors.map(({ fingerprint }) => fingerprint).join(" ");
  const hostName = hosts.get(key) ?? `expected-${++sites}.test`;
  if (!hosts.has(key)) await rig.save({ hostName, authority: web, downstream: anchors });
  hosts.set(key, hostName);
  rig.log.length = 0;
  await fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: hostName, ...presented });
  return rig.log.find(({ msg }) => msg === "request refused")?.verdict ?? "CLIENT_CERT_VERIFIED";
}

describe("before a site that trusts one root", () => {
  it.each(clientCases)("%s", async (_, present, verdict) => {
    const presented = await present();
    expect(await predict([root], presented)).toBe(verdict);
    expect(await observe([root], presented)).toBe(verdict);
  });
});

type Made = { anchors: Identity[] } & Presented;

const others: [string, () => Promise<Made>, ExpectedVerdict][] = [
  ["an intermediate alone as CA", async () => issuedBy(await authority("Issuing"), (issuer) => [issuer]), "CLIENT_CERT_VERIFIED"],
  ["an intermediate beside its root", async () => issuedBy(await authority("Issuing"), (issuer) => [issuer, root]), "CLIENT_CERT_VERIFIED"],
  ["the sibling of the CA", async () => issuedBy(await authority("A"), async () => [await authority("B")]), "CLIENT_CERT_UNTRUSTED"],
  [
    "the sibling of the CA, sent along with its root",
    async () => ({ ...(await issuedBy(await authority("A"), async () => [await authority("B")], true)) }),
    "CLIENT_CERT_UNTRUSTED",
  ],
  [
    "a client behind an expired intermediate",
    async () => issuedBy(await authority("Old", past), () => [root], true),
    "CLIENT_CERT_EXPIRED",
  ],
  [
    "an expired CA",
    async () => issuedBy(await createAuthority({ commonName: "Expired Root", ...past }), (issuer) => [issuer]),
    "CLIENT_CERT_EXPIRED",
  ],
  ["a root renewed under its old key", () => renewed(), "CLIENT_CERT_VERIFIED"],
  ["a CA with the name of another one beside it", () => namesakes(), "CANNOT_TELL"],
  ["a critical extension that nobody knows", () => client({ extensions: [unknown(true)] }), "CLIENT_CERT_INVALID"],
  ["an extension that nobody knows, not critical", () => client({ extensions: [unknown(false)] }), "CLIENT_CERT_VERIFIED"],
  ["an intermediate with a critical extension that nobody knows", () => behind({ extensions: [unknown(true)] }), "CLIENT_CERT_INVALID"],
  ["an intermediate for servers only", () => behind({ extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"] }), "CLIENT_CERT_WRONG_PURPOSE"],
  ["an intermediate that may not sign certificates", () => behind({ keyUsage: KeyUsageFlags.cRLSign }), "CLIENT_CERT_INVALID"],
  ["an intermediate without key usage", () => behind({ keyUsage: null }), "CLIENT_CERT_VERIFIED"],
  ["an intermediate that is no CA and says nothing of its use", () => behind({ keyUsage: null, isCa: false }), "CLIENT_CERT_WRONG_PURPOSE"],
  ["an intermediate without basic constraints", () => behind({ withoutBasicConstraints: true }), "CANNOT_TELL"],
  ["an intermediate with a weak key", () => behind({ keyType: "RSA-1024" }), "CLIENT_CERT_WEAK"],
  ["an intermediate with a SHA-1 signature", () => behind({ hash: "SHA-1" }), "CLIENT_CERT_WEAK"],
  ["an expired server certificate", () => client({ extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"], ...past }), "CLIENT_CERT_EXPIRED"],
  ["a weak server certificate", () => client({ extendedKeyUsage: ["1.3.6.1.5.5.7.3.1"], hash: "SHA-1" }), "CLIENT_CERT_WEAK"],
  ["a certificate of Ed25519", () => client({ keyType: "Ed25519" }), "CLIENT_CERT_VERIFIED"],
  ["a certificate of P-384", () => client({ keyType: "P-384", hash: "SHA-384" }), "CLIENT_CERT_VERIFIED"],
  [
    "the intermediate itself as the client",
    async () => ({ anchors: [root], client: await authority("As client") }),
    "CLIENT_CERT_WRONG_PURPOSE",
  ],
  ["the CA itself as the client", async () => ({ anchors: [root], client: root }), "CLIENT_CERT_WRONG_PURPOSE"],
  ["a name that the CA may vouch for", () => limited("permitted", "partner.test", ["a.partner.test"]), "CLIENT_CERT_VERIFIED"],
  ["a name that the CA may not vouch for", () => limited("permitted", "partner.test", ["other.test"]), "CLIENT_CERT_INVALID"],
  ["a name that the CA excludes", () => limited("excluded", "partner.test", ["a.partner.test"]), "CLIENT_CERT_INVALID"],
  [
    "one name of two that the CA may not vouch for",
    () => limited("permitted", "partner.test", ["a.partner.test", "other.test"]),
    "CANNOT_TELL",
  ],
  ["a common name beside names that the CA is limited to", () => limited("permitted", "partner.test", []), "CLIENT_CERT_VERIFIED"],
  [
    "a common name that looks like one that the CA may not vouch for",
    () => limited("permitted", "partner.test", [], "www.other.test"),
    "CANNOT_TELL",
  ],
  [
    "an anchor that is limited to other names",
    () => limited("permitted", "partner.test", ["other.test"], undefined, true),
    "CLIENT_CERT_INVALID",
  ],
  ["cross-signed CAs that lead in a circle", () => circle(), "CLIENT_CERT_UNTRUSTED"],
  ["hundreds of CAs of one name", () => crowd(), "CANNOT_TELL"],
];

describe("before other sites", () => {
  it.each(others)("%s", async (_, make, expected) => {
    const { anchors, ...presented } = await make();
    expect(await predict(anchors, presented)).toBe(expected);
    const observed = await observe(anchors, presented);
    if (expected !== "CANNOT_TELL") expect(observed).toBe(expected);
  });
});

describe("a client that was accepted, so that nobody saw what it sends", () => {
  const known = async (issuer: Identity, seen: Identity[], anchors: Identity[]) => {
    const client = read(await createClient(issuer));
    return (await expectVerdict({ leaf: client, sent: [], isAllSent: false, seen: seen.map(read) }, anchors.map(read), new Date())).verdict;
  };

  it("keeps access under a CA that signed it", async () => {
    expect(await known(root, [], [root])).toBe("CLIENT_CERT_VERIFIED");
  });
  it("loses it where its CA is known up to a root that is not there", async () => {
    expect(await known(stranger, [stranger], [root])).toBe("CLIENT_CERT_UNTRUSTED");
  });
  it("loses it where only the sibling of its CA is there", async () => {
    const [before, after] = [await authority("Issuing 1"), await authority("Issuing 2")];
    expect(await known(before, [before], [after])).toBe("CLIENT_CERT_UNTRUSTED");
  });
  it("cannot be told where its issuer was never seen", async () => {
    expect(await known(await authority("Never seen"), [], [root])).toBe("CANNOT_TELL");
  });
  it("cannot be told where it depends on an intermediate that it may or may not send", async () => {
    const issuer = await authority("Perhaps sent");
    expect(await known(issuer, [issuer], [root])).toBe("CANNOT_TELL");
    const client = await createClient(issuer);
    expect(await observe([root], { client }), "without it").toBe("CLIENT_CERT_UNTRUSTED");
    expect(await observe([root], { client, chain: [issuer] }), "with it").toBe("CLIENT_CERT_VERIFIED");
  });
  it("cannot be told where an unseen CA may stand between its own and the box", async () => {
    const between = await authority("Between");
    const issuer = await createAuthority({ commonName: "Below", issuer: between });
    expect(await known(issuer, [issuer], [root])).toBe("CANNOT_TELL");
    expect(await observe([root], { client: await createClient(issuer), chain: [issuer, between] })).toBe("CLIENT_CERT_VERIFIED");
  });
});

function authority(commonName: string, options: CertificateOptions = {}): Promise<Identity> {
  return createAuthority({ commonName, issuer: root, ...options });
}

async function issuedBy(
  issuer: Identity,
  anchorsOf: (issuer: Identity) => Identity[] | Promise<Identity[]>,
  isSent = false,
): Promise<Made> {
  return { anchors: await anchorsOf(issuer), client: await createClient(issuer), ...(isSent && { chain: [issuer] }), ciphers: weakToo };
}

/** Lets a client of this Node show what it would otherwise keep to itself. */
const weakToo = "DEFAULT@SECLEVEL=0";

async function client(options: CertificateOptions): Promise<Made> {
  return { anchors: [root], client: await createClient(root, options), ciphers: weakToo };
}

async function behind(options: CertificateOptions): Promise<Made> {
  return issuedBy(await authority("Odd Intermediate", options), () => [root], true);
}

function unknown(isCritical: boolean) {
  return new Extension("1.3.6.1.4.1.55555.1", isCritical, new Uint8Array([0x05, 0x00]));
}

async function renewed(): Promise<Made> {
  const old = await createAuthority({ commonName: "Renewed Root", ...past });
  const next = await createAuthority({ commonName: "Renewed Root", keys: old.keys });
  return { anchors: [old, next], client: await createClient(next) };
}

async function namesakes(): Promise<Made> {
  const [one, other] = [await createAuthority({ commonName: "Namesake" }), await createAuthority({ commonName: "Namesake" })];
  return { anchors: [one, other], client: await createClient(other) };
}

async function limited(
  kind: "permitted" | "excluded",
  name: string,
  names: string[],
  commonName = "partner",
  isAnchor = false,
): Promise<Made> {
  const issuer = await authority("Limited CA", { extensions: [nameConstraints(kind, name)] });
  const leaf = await createClient(issuer, { commonName, names });
  return { anchors: isAnchor ? [issuer] : [root], client: leaf, ...(!isAnchor && { chain: [issuer] }) };
}

/** NameConstraints of RFC 5280 §4.2.1.10 with one DNS name. */
function nameConstraints(kind: "permitted" | "excluded", name: string) {
  const wrap = (tag: number, content: Buffer) => Buffer.concat([Buffer.from([tag, content.length]), content]);
  const subtree = wrap(0x30, wrap(0x82, Buffer.from(name)));
  return new Extension("2.5.29.30", true, wrap(0x30, wrap(kind === "permitted" ? 0xa0 : 0xa1, subtree)));
}

async function circle(): Promise<Made> {
  const [one, other] = [await createAuthority({ commonName: "One" }), await createAuthority({ commonName: "Other" })];
  const [oneByOther, otherByOne] = [
    await createAuthority({ commonName: "One", issuer: other, keys: one.keys }),
    await createAuthority({ commonName: "Other", issuer: one, keys: other.keys }),
  ];
  return { anchors: [root], client: await createClient(one), chain: [oneByOther, otherByOne] };
}

/** Each of two hundred CAs could have signed the client, and all have one key. */
async function crowd(): Promise<Made> {
  const first = await createAuthority({ commonName: "Crowd", issuer: stranger });
  const rest = Array.from({ length: 60 }, (_, number) =>
    createAuthority({
      commonName: "Crowd",
      issuer: stranger,
      keys: first.keys,
      extensions: [unknown(false)],
      notAfter: new Date(Date.now() + (number + 2) * day),
    }),
  );
  return { anchors: [root], client: await createClient(first), chain: [first, ...(await Promise.all(rest))] };
}
