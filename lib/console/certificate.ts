import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { AppError } from "#lib/app-error.ts";
import type { Certificate } from "#lib/pki/certificate.ts";
import { judgeCredentials } from "#lib/site/credentials.ts";
import { readPastedCredentials } from "#lib/site/pasted-credentials.ts";
import { readPemText } from "#lib/site/pem-text.ts";
import type { Problem } from "#lib/site/problem.ts";
import { timeCodes } from "#lib/site/validity.ts";

/** Where the console's own certificate and its key lie: CONSOLE_TLS_CERT and CONSOLE_TLS_KEY. */
export type CertificateFiles = { certFile: string; keyFile: string };

/** What the console shows to browsers: `cert` (the chain, leaf first) and `key` as PEM. */
export type ConsoleCertificate = { leaf: Certificate; cert: string; key: string };

/**
 * Reads the console's certificate by the rules that hold for a site's. Throws AppError `console.certificate` with a
 * sentence that names file and variable: a console that cannot keep its promise of HTTPS must not start.
 */
export function readConsoleCertificate(files: CertificateFiles, now: Date): ConsoleCertificate {
  return judge(files, readFiles(files), now);
}

/**
 * Looks at the files again, every minute, so that a renewal needs no restart. What cannot be used is said once and
 * leaves the old certificate serving: half of a renewal may have been written so far.
 */
export function followConsoleCertificate(
  files: CertificateFiles,
  told: { onRenewed(certificate: ConsoleCertificate): void; onProblem(error: unknown): void },
): { look(now: Date): void; stop(): void } {
  let seen = attempt(() => readFiles(files));
  const look = (now: Date) => {
    const found = attempt(() => readFiles(files));
    if (found === seen) return;
    seen = found;
    try {
      told.onRenewed(judge(files, found ?? readFiles(files), now));
    } catch (error) {
      told.onProblem(error);
    }
  };
  const timer = setInterval(() => look(new Date()), 60_000).unref();
  return { look, stop: () => clearInterval(timer) };
}

function readFiles({ certFile, keyFile }: CertificateFiles): string {
  return `${readText("CONSOLE_TLS_CERT", certFile)}\n${readText("CONSOLE_TLS_KEY", keyFile)}`;
}

function readText(variable: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? cause.code : cause;
    throw refusal(`${variable} (${file}) cannot be read (${code}): name a PEM file that this user may read.`, cause);
  }
}

function attempt(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function judge(files: CertificateFiles, text: string, now: Date): ConsoleCertificate {
  const pasted = readPastedCredentials("sslCredentials", text);
  if (!pasted.ok) throw unusable(files, pasted.problems);
  const { certificates, key } = pasted.value;
  const { credentials, problems } = judgeCredentials("sslCredentials", readPemText("sslCredentials", certificates), key.publicKey, now);
  const faults = problems.filter(({ severity, code }) => severity === "error" || timeCodes.includes(code));
  if (credentials === null || faults.length > 0) throw unusable(files, faults);
  const privateKey = createPrivateKey({ key: key.pkcs8, format: "der", type: "pkcs8" });
  return {
    leaf: credentials.leaf,
    cert: credentials.certificateChain,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

// The rules speak to somebody who pastes; here a file has to be put in order.
function unusable({ certFile, keyFile }: CertificateFiles, problems: readonly Problem[]): AppError {
  const problem = problems.find(({ severity }) => severity === "error") ?? problems[0];
  const sentences: Record<string, string> = {
    "key.encrypted": "The private key is encrypted: name a decrypted copy (openssl pkey -in KEY -out COPY) that this user alone may read.",
    "key.missing": "There is no private key in either file.",
    "key.mismatch": "The private key does not belong to the certificate.",
    "credentials.no-certificate": "There is no certificate in either file.",
  };
  const why = sentences[problem?.code ?? ""] ?? problem?.message ?? "They do not fit together.";
  return refusal(`The console cannot use CONSOLE_TLS_CERT (${certFile}) with CONSOLE_TLS_KEY (${keyFile}). ${why}`);
}

function refusal(message: string, cause?: unknown): AppError {
  return new AppError("console.certificate", message, { cause });
}
