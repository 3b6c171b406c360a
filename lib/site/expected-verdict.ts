import { type Certificate, issuerNameOf, nameOf } from "#lib/pki/certificate.ts";
import { isSignedBy } from "#lib/pki/issued.ts";
import { findIssuerPaths, type IssuerPaths } from "#lib/pki/issuer-paths.ts";
import { hasNetscapeType, readPath } from "#lib/pki/path-validation.ts";
import { isWeak } from "#lib/pki/strength.ts";
import { explainVerdict } from "#lib/site/explain-verdict.ts";
import { findPathFaults } from "#lib/site/path-faults.ts";
import type { ClientVerdict } from "#lib/site/verdict.ts";

/** What the sensor would make of a client. `CANNOT_TELL` is never counted as refused, nor as admitted. */
export type ExpectedVerdict = ClientVerdict | "CANNOT_TELL";

/** A verdict before anybody connects: a sentence that says why, and the way that was found, leaf first. */
export type Expectation = { verdict: ExpectedVerdict; reason: string; chain: readonly Certificate[] };

/** What is known of a client: its certificate, and which issuers it sends along. */
export type KnownClient = {
  leaf: Certificate;
  sent: readonly Certificate[];
  /** `sent` is all that it sends; else there may be more that nobody has seen, as after every accepted handshake. */
  isAllSent: boolean;
  /** Certificates seen elsewhere, one of which it may send. */
  seen?: readonly Certificate[];
};

/**
 * The verdict to expect of the sensor (`sensor/identity`) with these CAs. Signatures are OpenSSL's, the path is read twice,
 * by OpenSSL's rules and by a library of RFC 5280; where the two differ, or something is not known, it cannot tell.
 */
export async function expectVerdict(client: KnownClient, anchors: readonly Certificate[], now: Date): Promise<Expectation> {
  try {
    return await judge(client, anchors, now);
  } catch {
    return cannotTell("This certificate has parts that cannot be read. Only a real handshake shows what becomes of it.", [client.leaf]);
  }
}

/** OpenSSL's verification depth, as the sensor counts it. */
const longestChain = 100;

async function judge(client: KnownClient, anchors: readonly Certificate[], now: Date): Promise<Expectation> {
  const { leaf, sent, isAllSent, seen = [] } = client;
  if (countLinked(leaf, sent) >= longestChain)
    return { verdict: "CLIENT_CERT_CHAIN_TOO_LONG", reason: "It sends a hundred CAs or more. Ask for a shorter chain.", chain: [leaf] };
  const certain = findIssuerPaths(leaf, sent, anchors);
  if (certain.isCut)
    return cannotTell("There are more ways to a CA than are looked at. Only a real handshake shows which is taken.", [leaf]);
  if (certain.paths.length > 0 && certain.isAmbiguous)
    return cannotTell(
      "Two CAs have one name and different keys. Only a real handshake shows which of them is taken.",
      certain.paths[0] ?? [],
    );
  if (certain.paths.length > 0) return judgePaths(certain.paths, now);
  if (isAllSent) return untrusted(certain, leaf);
  const possible = findIssuerPaths(leaf, [...sent, ...seen], anchors);
  return possible.isCut
    ? cannotTell("There are more ways to a CA than are looked at.", [leaf])
    : withUnknownIssuers(possible, leaf, anchors);
}

/** With several ways OpenSSL prefers those that are in date; what it would choose among the rest is not guessed. */
async function judgePaths(paths: Certificate[][], now: Date): Promise<Expectation> {
  const inDate = paths.filter((path) => path.slice(1).every(({ notBefore, notAfter }) => notBefore <= now && now <= notAfter));
  const judged: Expectation[] = [];
  for (const path of inDate.length > 0 ? inDate : paths) judged.push(await judgePath(path, now));
  const [first] = judged;
  if (first && judged.every(({ verdict }) => verdict === first.verdict)) return first;
  const reason = "There are several ways to a CA with different verdicts. Only a real handshake shows which is taken.";
  return cannotTell(reason, paths[0] ?? []);
}

async function judgePath(path: Certificate[], now: Date): Promise<Expectation> {
  const [leaf, anchor] = [path[0], path.at(-1)];
  if (leaf === undefined || anchor === undefined) throw new TypeError("A path has a certificate.");
  const doubt = path.map(doubtAbout).find((reason) => reason !== null);
  if (doubt !== undefined) return cannotTell(doubt, path);
  const fault = findPathFaults(path, now).at(-1);
  const reading = path.length === 1 && fault ? null : await readPath(path, now);
  // The names are looked at last, whatever was found before.
  const verdict = reading?.result === "names-not-allowed" ? "CLIENT_CERT_INVALID" : fault;
  if (verdict !== undefined) return refused(verdict === "CLIENT_CERT_INVALID" ? invalidOrWeak(path) : verdict, path, now);
  if (reading?.result === "valid")
    return { verdict: "CLIENT_CERT_VERIFIED", reason: `“${nameOf(leaf)}” leads to “${nameOf(anchor)}”, which is in the box.`, chain: path };
  const why = reading?.result === "unreliable" ? reading.why : "";
  return cannotTell(`Only a real handshake shows whether “${nameOf(leaf)}” is accepted: ${why}.`, path);
}

/** In the words of the tab Activity, which compares with the CAs in the box: here with the one that the path leads to. */
function refused(verdict: ClientVerdict, path: Certificate[], now: Date): Expectation {
  const { sentence } = explainVerdict({ verdict, leaf: path[0] ?? null, chain: path.slice(1), authorities: path.slice(-1), at: now, now });
  return { verdict, reason: sentence, chain: path };
}

/** The sensor asks for weakness wherever OpenSSL's word has no verdict of its own. */
function invalidOrWeak(path: readonly Certificate[]): ClientVerdict {
  return path.some(({ x509 }) => isWeak(x509)) ? "CLIENT_CERT_WEAK" : "CLIENT_CERT_INVALID";
}

/** Links and certificates that OpenSSL judges by rules which are not repeated here. */
function doubtAbout(certificate: Certificate, depth: number, path: readonly Certificate[]): string | null {
  const name = nameOf(certificate);
  if (hasNetscapeType(certificate)) return `“${name}” has a Netscape certificate type. Only a real handshake shows what becomes of it.`;
  if (depth > 0 && !certificate.isCa && certificate.keyUsage?.includes("keyCertSign"))
    return `“${name}” may sign certificates and is not marked as a CA. Only a real handshake shows what becomes of it.`;
  const issuer = path[depth + 1];
  const mayIssue = issuer?.keyUsage == null || issuer.keyUsage.includes("keyCertSign");
  if (issuer === undefined || !mayIssue || certificate.x509.checkIssued(issuer.x509)) return null;
  return `“${name}” names its issuer’s key otherwise than “${nameOf(issuer)}” does. Only a real handshake shows what becomes of it.`;
}

/** Nothing leads from what it sends to a CA in the box. */
function untrusted({ ends }: IssuerPaths, leaf: Certificate): Expectation {
  const end = ends.at(-1) ?? leaf;
  if (isSelfSigned(leaf)) {
    const reason = `“${nameOf(leaf)}” is signed by itself, by no CA. Ask its owner for a certificate of a CA that is in the box.`;
    return { verdict: "CLIENT_CERT_SELF_SIGNED", reason, chain: [leaf] };
  }
  return { verdict: "CLIENT_CERT_UNTRUSTED", reason: leadsTo(leaf, end), chain: end === leaf ? [leaf] : [leaf, end] };
}

function leadsTo(leaf: Certificate, end: Certificate): string {
  if (isSelfSigned(end)) return `“${nameOf(leaf)}” leads to “${nameOf(end)}”, which is not in the box.`;
  return `“${nameOf(end)}” was issued by “${issuerNameOf(end)}”, which is neither in the box, with this key, nor among what the client sends.`;
}

/** What it sends was never seen, because it was accepted: refused only where no certificate that exists could help. */
function withUnknownIssuers(possible: IssuerPaths, leaf: Certificate, anchors: readonly Certificate[]): Expectation {
  const [path] = possible.paths;
  if (path) {
    const needed = path.slice(1, -1).map((certificate) => `“${nameOf(certificate)}”`);
    return cannotTell(`It gets in only if it sends ${needed.join(" and ")} along, which is not seen of clients that are accepted.`, path);
  }
  const gap = possible.ends.find((end) => !isSelfSigned(end) && (end === leaf || !anchors.every((anchor) => isSibling(anchor, end))));
  if (gap === undefined) return untrusted(possible, leaf);
  return cannotTell(`The issuer of “${nameOf(gap)}”, “${issuerNameOf(gap)}”, was never seen: it may lead to a CA in the box.`, [leaf]);
}

/** A CA beside another under one issuer does not stand above it. */
function isSibling(anchor: Certificate, other: Certificate): boolean {
  return !anchor.isSelfIssued && anchor.issuer === other.issuer;
}

function isSelfSigned({ x509 }: Certificate): boolean {
  return x509.issuer === x509.subject && isSignedBy(x509, x509);
}

/** How many of the sent certificates follow one another by name. */
function countLinked(leaf: Certificate, sent: readonly Certificate[]): number {
  if (sent.length < longestChain) return 0;
  const linked = new Set<Certificate>();
  for (let last = leaf; ; ) {
    const next = sent.find((one) => !linked.has(one) && one.x509.subject === last.x509.issuer);
    if (next === undefined) return linked.size;
    linked.add(next);
    last = next;
  }
}

function cannotTell(reason: string, chain: readonly Certificate[]): Expectation {
  return { verdict: "CANNOT_TELL", reason, chain };
}
