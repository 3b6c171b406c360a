import type { Fact } from "#components/ui/facts.tsx";
import type { LedgerVerdict } from "#lib/site/verdict.ts";

/**
 * The code behind a sentence, in small print: for whoever looks it up. Nothing where there was none, and of a missing
 * certificate neither: OpenSSL says of it that its issuer is missing.
 */
export function codeFact({ code, verdict }: { code: string | null; verdict: LedgerVerdict }): Fact[] {
  if (code === null || verdict === "CLIENT_CERT_MISSING") return [];
  const value = <code className="font-mono text-small text-quiet wrap-anywhere">{code}</code>;
  return [{ label: isOpenssl(code) ? "OpenSSL said" : "Code", value }];
}

/** Verification errors are spelled without a prefix, those of sockets begin with E, those of Node with ERR_ or HPE_. */
function isOpenssl(code: string): boolean {
  return !/^(?:E[A-Z0-9]+$|ERR_(?!SSL_)|HPE_|REUSED$)/.test(code);
}
