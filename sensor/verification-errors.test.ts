import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import {
  type CertificateOptions,
  createAuthority,
  createCertificate,
  createClient,
  createServer,
  type Identity,
  KeyUsageFlags,
  serverAuth,
} from "#e2e/pki/authority.ts";
import { withUnreadableDate } from "#e2e/pki/unreadable-date.ts";
import { readCertificate } from "#lib/pki/certificate.ts";
import type { ExpectedVerdict } from "#lib/site/expected-verdict.ts";
import { explainVerdict } from "#lib/site/explain-verdict.ts";
import type { Explanation } from "#lib/site/explanation.ts";
import type { LedgerVerdict } from "#lib/site/verdict.ts";
import type { LedgerEvent } from "#lib/store/store.ts";
import { behindHundred, beyondPathLength, intermediate, type Presented, root } from "#sensor/client-cases-fixture.ts";
import { fetchTls } from "#sensor/client-fixture.ts";
import { predict } from "#sensor/expected-fixture.ts";
import { type Rig, startRig } from "#sensor/sensor-fixture.ts";

const minute = 60_000;
const day = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * day);
const past: CertificateOptions = { notBefore: daysAgo(20), notAfter: daysAgo(2.5) };
const future: CertificateOptions = { notBefore: daysAgo(-10.5), notAfter: daysAgo(-20) };
const hostName = "explained.test";

let rig: Rig;
let siteId: string;
let lapsed: Identity;
let stranger: Identity;

beforeAll(async () => {
  rig = await startRig();
  lapsed = await createAuthority({ commonName: "Lapsed Root", ...past });
  stranger = await createAuthority({ commonName: "Stranger Root" });
  siteId = (await rig.save({ hostName, authority: await createAuthority(), downstream: [root, lapsed] })).siteId;
});
afterAll(() => rig[Symbol.asyncDispose]());

type Case = { from: string; present: () => Promise<Presented>; code: string | null; verdict: LedgerVerdict; kind: string; says: string };

/** Each error of OpenSSL as Node names it, how one comes by it, the verdict, and what the person is told. */
const cases: Case[] = [
  row("nobody", async () => ({}), "UNABLE_TO_GET_ISSUER_CERT", "CLIENT_CERT_MISSING", "no-certificate", "sent no certificate"),
  row("a client of the CA", () => alone(createClient(root)), null, "CLIENT_CERT_VERIFIED", "accepted", "“partner-17” was accepted"),
  row(
    "one whose intermediate is not sent",
    async () => alone(createClient(await intermediate())),
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "CLIENT_CERT_UNTRUSTED",
    "issuer-missing",
    "issued by “Client Intermediate”, which the client did not send",
  ),
  row(
    "one with a gap higher up",
    () => withGap(),
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "CLIENT_CERT_UNTRUSTED",
    "issuer-missing",
    "sent “Lower” along. “Lower” was issued by “Client Intermediate”",
  ),
  row(
    "one with an intermediate of the right name and another key",
    () => wrongIntermediate(),
    "CERT_SIGNATURE_FAILURE",
    "CLIENT_CERT_UNTRUSTED",
    "intermediate-wrong",
    "with another key than the one that signed “partner-17”",
  ),
  row(
    "one of another CA, sent along",
    async () => ({ client: await createClient(stranger), chain: [stranger] }),
    "SELF_SIGNED_CERT_IN_CHAIN",
    "CLIENT_CERT_UNTRUSTED",
    "ca-unknown",
    "issued under “Stranger Root”, which is none of this site’s CAs",
  ),
  row(
    "one of the CA issued anew",
    async () => alone(createClient(await reissued())),
    "CERT_SIGNATURE_FAILURE",
    "CLIENT_CERT_UNTRUSTED",
    "ca-reissued",
    "a CA of that name, but another key made the signature",
  ),
  row(
    "one of the CA issued anew, sent along",
    () => behind(reissued()),
    "CERT_SIGNATURE_FAILURE",
    "CLIENT_CERT_UNTRUSTED",
    "ca-reissued",
    "a CA of that name with another key",
  ),
  row(
    "a certificate signed by itself",
    () => alone(createCertificate({ commonName: "me" })),
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "CLIENT_CERT_SELF_SIGNED",
    "self-signed",
    "“me” is signed by itself",
  ),
  row(
    "another CA's own",
    () => alone(Promise.resolve(stranger)),
    "INVALID_PURPOSE",
    "CLIENT_CERT_SELF_SIGNED",
    "ca-presented",
    "the certificate of a CA, “Stranger Root”",
  ),
  row(
    "the CA's own",
    () => alone(Promise.resolve(root)),
    "INVALID_PURPOSE",
    "CLIENT_CERT_WRONG_PURPOSE",
    "ca-presented",
    "the certificate of a CA, “Client Root”",
  ),
  row(
    "an expired one",
    () => alone(createClient(root, past)),
    "CERT_HAS_EXPIRED",
    "CLIENT_CERT_EXPIRED",
    "expired",
    "“partner-17” expired 2 days ago",
  ),
  row(
    "one of an expired intermediate",
    () => behind(intermediate(past)),
    "CERT_HAS_EXPIRED",
    "CLIENT_CERT_EXPIRED",
    "intermediate-expired",
    "“partner-17” is in date, but “Client Intermediate” above it, which the client sent along, expired 2 days ago",
  ),
  row(
    "one of a configured CA that has expired",
    () => alone(createClient(lapsed)),
    "CERT_HAS_EXPIRED",
    "CLIENT_CERT_EXPIRED",
    "ca-expired",
    "“Lapsed Root”, one of this site’s CAs, expired 2 days ago",
  ),
  row(
    "one of next week",
    () => alone(createClient(root, future)),
    "CERT_NOT_YET_VALID",
    "CLIENT_CERT_NOT_YET_VALID",
    "not-yet-valid",
    "which was 10 days away",
  ),
  row(
    "one of a CA whose clock is ahead",
    () => alone(createClient(root, { notBefore: new Date(Date.now() + 5.5 * minute) })),
    "CERT_NOT_YET_VALID",
    "CLIENT_CERT_NOT_YET_VALID",
    "clock",
    "This happened 5 minutes before “partner-17” becomes valid: very likely a clock is wrong",
  ),
  row(
    "a server's",
    () => alone(createServer(root, ["partner.test"])),
    "INVALID_PURPOSE",
    "CLIENT_CERT_WRONG_PURPOSE",
    "wrong-purpose",
    "“partner.test” is a certificate for servers",
  ),
  row(
    "one for any purpose",
    () => alone(createClient(root, { extendedKeyUsage: ["2.5.29.37.0"] })),
    "INVALID_PURPOSE",
    "CLIENT_CERT_WRONG_PURPOSE",
    "wrong-purpose",
    "for any purpose, not for clients",
  ),
  row(
    "one whose key may not sign",
    () => alone(createClient(root, { keyUsage: KeyUsageFlags.keyCertSign })),
    "INVALID_PURPOSE",
    "CLIENT_CERT_WRONG_PURPOSE",
    "no-signing",
    "does not allow the signature",
  ),
  row(
    "one of an intermediate for servers",
    () => behind(intermediate({ extendedKeyUsage: [serverAuth] })),
    "INVALID_PURPOSE",
    "CLIENT_CERT_WRONG_PURPOSE",
    "ca-wrong-purpose",
    "“Client Intermediate” above “partner-17” is limited to other purposes",
  ),
  row(
    "a key of 1024 bits",
    async () => ({ client: await createClient(root, { keyType: "RSA-1024" }), ciphers: "DEFAULT@SECLEVEL=0" }),
    "UNSPECIFIED",
    "CLIENT_CERT_WEAK",
    "weak",
    "has a key of RSA 1024, which is too weak",
  ),
  row(
    "a SHA-1 signature",
    async () => ({ client: await createClient(root, { hash: "SHA-1" }), ciphers: "DEFAULT@SECLEVEL=0" }),
    "UNSPECIFIED",
    "CLIENT_CERT_WEAK",
    "weak",
    "is signed with ECDSA SHA-1, which is too weak",
  ),
  row(
    "one below a CA that allows no more",
    () => beyondPathLength(),
    "PATH_LENGTH_EXCEEDED",
    "CLIENT_CERT_CHAIN_TOO_LONG",
    "chain-too-long",
    "“No CA below” allows no CAs below it, and between it and “partner-17” stand more: “Below”",
  ),
  row(
    "one below a hundred intermediates",
    () => behindHundred(),
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "CLIENT_CERT_CHAIN_TOO_LONG",
    "chain-too-long",
    "more CAs above the client’s certificate than are allowed",
  ),
  row(
    "one signed by another client",
    () => behind(createClient(root, { commonName: "not a CA" })),
    "UNSPECIFIED",
    "CLIENT_CERT_INVALID",
    "issuer-not-a-ca",
    "“not a CA” signed “partner-17” and has no right to",
  ),
  row(
    "one of an intermediate that does not call itself a CA",
    () => behind(intermediate({ withoutBasicConstraints: true })),
    "INVALID_CA",
    "CLIENT_CERT_INVALID",
    "issuer-not-a-ca",
    "“Client Intermediate” signed “partner-17” and has no right to",
  ),
  row(
    "one with a critical extension that nobody knows",
    () => alone(createClient(root, { extensions: [new x509.Extension("1.2.3.4", true, new Uint8Array([5, 0]))] })),
    "UNSPECIFIED",
    "CLIENT_CERT_INVALID",
    "invalid",
    "breaks another rule",
  ),
  row(
    "one with a date that is none",
    async () => ({ client: withUnreadableDate(await createClient(root), root) }),
    "ERROR_IN_CERT_NOT_BEFORE_FIELD",
    "CLIENT_CERT_INVALID",
    "invalid",
    "OpenSSL said ERROR_IN_CERT_NOT_BEFORE_FIELD",
  ),
];

/** Errors that Node has a name for and no client can bring about here, and why. */
const unreachable: Record<string, string> = {
  CERT_CHAIN_TOO_LONG: "the way up ends at OpenSSL's depth, as if the issuer were missing",
  ERROR_IN_CERT_NOT_AFTER_FIELD: "looked at last, as the date before it",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "said only with a flag that nobody sets here",
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: "a CA with a key that cannot be read is refused at the save",
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: "said by no OpenSSL of today",
  CERT_UNTRUSTED: "a matter of OpenSSL's TRUSTED CERTIFICATE, which is refused at the save",
  CERT_REJECTED: "a matter of OpenSSL's TRUSTED CERTIFICATE, which is refused at the save",
  CERT_REVOKED: "sites have no revocation lists",
  UNABLE_TO_GET_CRL: "sites have no revocation lists",
  UNABLE_TO_DECRYPT_CRL_SIGNATURE: "sites have no revocation lists",
  CRL_SIGNATURE_FAILURE: "sites have no revocation lists",
  CRL_NOT_YET_VALID: "sites have no revocation lists",
  CRL_HAS_EXPIRED: "sites have no revocation lists",
  ERROR_IN_CRL_LAST_UPDATE_FIELD: "sites have no revocation lists",
  ERROR_IN_CRL_NEXT_UPDATE_FIELD: "sites have no revocation lists",
  HOSTNAME_MISMATCH: "a client's name is not compared with anything",
  OUT_OF_MEM: "no certificate brings it about",
};

/** Every name that Node gives to one of OpenSSL's X509_V_ERR codes (`ncrypto`, X509Pointer::ErrorCode). */
const nodeNames =
  "UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_CRL UNABLE_TO_DECRYPT_CERT_SIGNATURE UNABLE_TO_DECRYPT_CRL_SIGNATURE UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY CERT_SIGNATURE_FAILURE CRL_SIGNATURE_FAILURE CERT_NOT_YET_VALID CERT_HAS_EXPIRED CRL_NOT_YET_VALID CRL_HAS_EXPIRED ERROR_IN_CERT_NOT_BEFORE_FIELD ERROR_IN_CERT_NOT_AFTER_FIELD ERROR_IN_CRL_LAST_UPDATE_FIELD ERROR_IN_CRL_NEXT_UPDATE_FIELD OUT_OF_MEM DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT_LOCALLY UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_CHAIN_TOO_LONG CERT_REVOKED INVALID_CA PATH_LENGTH_EXCEEDED INVALID_PURPOSE CERT_UNTRUSTED CERT_REJECTED HOSTNAME_MISMATCH UNSPECIFIED".split(
    " ",
  );

let met: Map<string, { event: LedgerEvent; explanation: Explanation; expected: ExpectedVerdict }>;

beforeAll(async () => {
  const presented = await Promise.all(cases.map(async ({ from, present }) => ({ from, ...(await present()) })));
  for (const { from: _, ...client } of presented) await fetchTls({ port: rig.ports.SENSOR_HTTPS_PORT, servername: hostName, ...client });
  const read = () => rig.store.ledger.events(rig.tenantId, { siteId, kind: "handshake", limit: 100 });
  await vi.waitUntil(async () => (await read()).length === cases.length, { timeout: 10_000, interval: 50 });
  const events = await read();
  met = new Map();
  for (const [place, event] of events.toReversed().entries()) {
    const { from = "", ...client } = presented[place] ?? {};
    met.set(from, { event, explanation: await explain(event), expected: await predict([root, lapsed], client) });
  }
});

describe("a client is told what OpenSSL found, by comparing its certificate with the site's CAs", () => {
  it.each(cases)("$from", ({ from, code, verdict, kind, says }) => {
    const { event, explanation } = met.get(from) ?? {};
    expect(event).toMatchObject({ verdict, code });
    expect(explanation).toMatchObject({ kind, sentence: expect.stringContaining(says) });
    expect(explanation?.nextStep).toMatch(/^[A-Z].{10,}\.$/);
  });

  it.each(cases)("$from: that was to be expected, or nobody could tell", ({ from }) => {
    const { event, expected } = met.get(from) ?? {};
    expect([event?.verdict, "CANNOT_TELL"]).toContain(expected);
  });

  it("and most of it could be told", () => {
    const untold = [...met].flatMap(([from, { expected }]) => (expected === "CANNOT_TELL" ? [from] : []));
    expect(untold).toEqual(["one of an intermediate that does not call itself a CA", "one with a date that is none"]);
  });

  it("for every name that Node has for an error, or nobody can bring it about", () => {
    const known = new Set([...cases.flatMap(({ code }) => code ?? []), ...Object.keys(unreachable)]);
    expect([...known].toSorted()).toEqual(nodeNames.toSorted());
  });

  it.each(Object.keys(unreachable))("and has a sentence for %s all the same", (code) => {
    const certificate = certificatesOf(root)[0] ?? null;
    const { sentence } = explainVerdict({
      verdict: "CLIENT_CERT_INVALID",
      code,
      leaf: certificate,
      chain: [],
      authorities: [],
      now: new Date(),
    });
    expect(sentence).toContain(`OpenSSL said ${code}`);
  });
});

/** As the console does it: certificate and chain are what the ledger kept of them. */
async function explain(event: LedgerEvent): Promise<Explanation> {
  const { ledger } = rig.store;
  const { fingerprint } = event;
  const groups = await ledger.groups(rig.tenantId, { siteId, kind: "handshake", text: fingerprint ?? "", limit: 100 });
  const chain = groups.find((group) => group.fingerprint === fingerprint)?.chain ?? [];
  const kept = await ledger.certificates([...(fingerprint ? [fingerprint] : []), ...chain]);
  const find = (wanted: string | null) => kept.filter((one) => one.fingerprint === wanted).flatMap(readOne);
  const authorities = certificatesOf(root, lapsed);
  return explainVerdict({ ...event, leaf: find(fingerprint)[0] ?? null, chain: chain.flatMap(find), authorities, now: new Date() });
}

function certificatesOf(...identities: Identity[]) {
  return identities.flatMap((identity) => readOne({ der: Buffer.from(identity.x509.rawData) }));
}

function readOne({ der }: { der: Buffer }) {
  const reading = readCertificate({ der });
  return "certificate" in reading ? [reading.certificate] : [];
}

function row(...[from, present, code, verdict, kind, says]: [string, Case["present"], string | null, LedgerVerdict, string, string]): Case {
  return { from, present, code, verdict, kind, says };
}

async function alone(client: Promise<Identity>): Promise<Presented> {
  return { client: await client };
}

async function behind(issuer: Promise<Identity>): Promise<Presented> {
  return { client: await createClient(await issuer), chain: [await issuer] };
}

/** The configured CA's name and another key: issued anew, or forged. */
function reissued(): Promise<Identity> {
  return createAuthority({ commonName: "Client Root" });
}

async function withGap(): Promise<Presented> {
  const lower = await createAuthority({ commonName: "Lower", issuer: await intermediate() });
  return behind(Promise.resolve(lower));
}

async function wrongIntermediate(): Promise<Presented> {
  return { client: await createClient(await intermediate()), chain: [await intermediate()] };
}
