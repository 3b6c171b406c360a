import { expect, test } from "vitest";
import { appendPem, pemTextOf } from "#components/site/pem-file.ts";
import { createAuthority } from "#e2e/pki/authority.ts";
import { readPem } from "#lib/pki/pem.ts";

test("text is taken as it is, and UTF-16 with its mark is decoded", () => {
  expect(pemTextOf({ bytes: new Uint8Array(), text: "-----BEGIN" })).toBe("-----BEGIN");
  const utf16 = new Uint8Array(Buffer.from("\ufeff-----BEGIN", "utf16le"));
  expect(pemTextOf({ bytes: utf16, text: null })).toBe("-----BEGIN");
});

test("of a binary file only the beginning is taken, and the check of the server still names its format", async () => {
  const der = new Uint8Array((await createAuthority()).x509.rawData);
  const text = pemTextOf({ bytes: der, text: null });
  expect(text).toHaveLength(64);
  expect(readPem(text).findings.map(({ code }) => code)).toEqual(["pem.der"]);
});

test("a second file is put after what is there", () => {
  expect(appendPem("  \n", "B\n")).toBe("B\n");
  expect(appendPem("A\n\n", "B\n")).toBe("A\nB\n");
});
