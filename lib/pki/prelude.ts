/** What a line between blocks is: harmless, a private key in a comment, or something that does not belong there. */
export type PreludeVerdict = "accepted" | "commented-key" | "foreign";

/** Lines that `openssl` prints alone: names, dates, fingerprints, chains of `s_client -showcerts`, notes of `pkcs12` and `rsa`. */
const single = [
  /^(?:subject|issuer)\s?[=:]/,
  /^(?:notBefore|notAfter|serial|email|Alias|friendlyName|localKeyID)\s?[=:]/,
  /^(?:md5|sha1|sha224|sha256|sha384|sha512) fingerprint=/i,
  /^-{3}$/,
  /^(?:Certificate chain|Server certificate)$/,
  /^[0-9]{1,3} s:/,
  /^(?:i|a|v):/,
  /^(?:MAC verified OK|writing RSA key|read RSA key|writing key|writing EC key|read EC key)$/,
  /^(?:MAC|MAC length|PKCS7 Encrypted data|Shrouded Keybag):/,
  /^(?:Certificate bag|PKCS7 Data|Key bag)$/,
  /^(?:Bag|Key) Attributes(?::.*)?$/,
  /^Certificate:$/,
];

/** Headlines after which `openssl` prints deeper indented lines: the text form of a certificate, the attributes of a bag. */
const headline = /^(?:Certificate:|(?:Bag|Key) Attributes(?::.*)?)$/;

/** Lines of `openssl pkey -text`, which show the private key itself in hexadecimal. */
const keyDump = /^(?:RSA |EC |DSA )?Private-Key:|^(?:privateExponent|priv|prime[0-9]|exponent[0-9]|coefficient):/;

/** A block whose line break was lost: to pass over its first line would be to lose the block. */
const armour = /-----(?:BEGIN|END) /;

/** No such line stands in a text form, but a private key may. */
const bareBase64 = /^[A-Za-z0-9+/=]{40,}$/;

/** Reads the lines between blocks one after the other; `reset` is called after each block. */
export function createPreludeReader(): { read(raw: string): PreludeVerdict; reset(): void } {
  let headlineIndent: number | null = null;
  return { read, reset: () => (headlineIndent = null) };

  function read(raw: string): PreludeVerdict {
    const line = raw.trim();
    if (line.startsWith("#")) return line.includes("PRIVATE KEY-") ? "commented-key" : "accepted";
    if (keyDump.test(line) || armour.test(line)) return "foreign";
    const indent = raw.length - raw.trimStart().length;
    if (headlineIndent !== null && indent > headlineIndent && !bareBase64.test(line)) return "accepted";
    headlineIndent = headline.test(line) ? indent : null;
    return single.some((pattern) => pattern.test(line)) ? "accepted" : "foreign";
  }
}

/** Whether the line is part of a private key's text form. */
export function isKeyDump(line: string): boolean {
  return keyDump.test(line);
}
