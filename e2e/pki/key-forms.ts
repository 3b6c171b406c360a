import type { Identity } from "#e2e/pki/authority.ts";

/** Every form in which a test's private key (an EC key) may lie in bytes: DER, PEM's lines, base64 however it is cut, hex. */
export function keyForms({ keys, key }: Identity): (Buffer | string)[] {
  const secret = Buffer.from(keys.privateKey.export({ format: "jwk" }).d ?? "", "base64url");
  const lines = key.split("\n").filter((line) => line !== "" && !line.startsWith("-----"));
  return [...formsOf(secret), keys.privateKey.export({ type: "pkcs8", format: "der" }), ...lines];
}

/** The forms of bare bytes. */
export function formsOf(secret: Buffer): (Buffer | string)[] {
  const cores = [0, 1, 2].flatMap((shift) => [base64Core(secret, shift, "base64"), base64Core(secret, shift, "base64url")]);
  return [secret, secret.toString("hex"), secret.toString("hex").toUpperCase(), ...cores];
}

/** Which of the forms the bytes hold, as an index: the forms themselves stay out of a test's report. */
export function formsFound(bytes: Buffer, forms: readonly (Buffer | string)[]): number[] {
  return forms.flatMap((form, index) => (bytes.includes(form) ? [index] : []));
}

/** How base64 text shows these bytes when they begin `shift` bytes into a group of three. */
function base64Core(bytes: Buffer, shift: number, encoding: "base64" | "base64url"): string {
  return Buffer.concat([Buffer.alloc(shift), bytes])
    .toString(encoding)
    .slice(4, 36);
}
