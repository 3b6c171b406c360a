import { describe, expect, test } from "vitest";
import { checkHostName, hostOfAuthority, namesOf, normaliseHostName } from "#lib/site/hostname.ts";

const long = `${"a".repeat(63)}.`.repeat(3);

describe("the normal form of a host name", () => {
  test.each([
    ["shop.test", "shop.test"],
    ["SHOP.Test", "shop.test"],
    ["shop.test.", "shop.test"],
    ["localhost", "localhost"],
    ["xn--bcher-kva.example", "xn--bcher-kva.example"],
    ["a--b.test", "a--b.test"],
    ["1.2.3.4.test", "1.2.3.4.test"],
    ["1a.2b", "1a.2b"],
    [`${long}${"b".repeat(61)}`, `${long}${"b".repeat(61)}`],
  ])("%j is %j", (text, expected) => expect(normaliseHostName(text)).toBe(expected));

  test.each([
    ["nothing", ""],
    ["a dot", "."],
    ["two dots at the end", "shop.test.."],
    ["an empty label", "a..b"],
    ["a leading dot", ".test"],
    ["a space", "shop .test"],
    ["a space in front", " shop.test"],
    ["a port", "shop.test:443"],
    ["a path", "shop.test/x"],
    ["user information", "a@shop.test"],
    ["an underscore", "a_b.test"],
    ["an asterisk", "*.shop.test"],
    ["a hyphen at a label's start", "-a.test"],
    ["a hyphen at a label's end", "a-.test"],
    ["a label of 64", `${"a".repeat(64)}.test`],
    ["more than 253", `${long}${"b".repeat(62)}`],
    ["IPv4", "127.0.0.1"],
    ["IPv4 with a trailing dot", "127.0.0.1."],
    ["IPv4 in short", "127.1"],
    ["IPv4 in one number", "2130706433"],
    ["IPv4 in hexadecimal", "0x7f.1"],
    ["IPv4 with a hexadecimal end", "127.0.0.0x1"],
    ["a last label 0x", "a.0x"],
    ["IPv6", "::1"],
    ["IPv6 in brackets", "[::1]"],
    ["a NUL", "shop.test\0"],
    ["a line break", "shop.test\n"],
    ["a U-label", "bücher.example"],
    ["a letter that lower-cases to ASCII", "\u212ashop.test"],
    ["full-width letters", "ｓhop.test"],
    ["an ideographic full stop", "shop。test"],
    ["a percent escape", "shop%2etest"],
  ])("refuses %s", (_name, text) => expect(normaliseHostName(text)).toBeNull());

  test("is its own normal form", () => {
    for (const text of ["Shop.Test.", "XN--BCHER-KVA.example"]) {
      const normal = normaliseHostName(text) ?? "";
      expect(normaliseHostName(normal)).toBe(normal);
    }
  });

  test("stays fast on a megabyte", () => {
    const start = performance.now();
    for (const text of ["a.".repeat(500_000), "-".repeat(1_000_000), ".".repeat(1_000_000)]) expect(normaliseHostName(text)).toBeNull();
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe("the host of an authority", () => {
  test.each([
    ["shop.test", "shop.test"],
    ["shop.test:443", "shop.test"],
    ["SHOP.test.:8443", "shop.test"],
    ["shop.test:65535", "shop.test"],
    ["shop.test:", null],
    ["shop.test:0", null],
    ["shop.test:65536", null],
    ["shop.test:+80", null],
    ["shop.test:8e1", null],
    ["shop.test:80:80", null],
    ["user@shop.test", null],
    ["user:pass@shop.test", null],
    ["shop.test:80@evil.test", null],
    ["[::1]:80", null],
    ["127.0.0.1:80", null],
    [":80", null],
    ["", null],
    ["shop.test,evil.test", null],
  ])("%j gives %j", (authority, expected) => expect(hostOfAuthority(authority)).toBe(expected));
});

describe("saving a host name", () => {
  test.each(["shop.test", "a.b.c.example.com", "localhost", "xn--bcher-kva.example", "shop.github.io", "intranet"])(
    "%s is accepted",
    (name) => expect(checkHostName(name)).toEqual([]),
  );

  test.each([
    ["", "host-name.missing"],
    ["  ", "host-name.missing"],
    ["https://shop.test", "host-name.url"],
    ["shop.test/x", "host-name.url"],
    ["*.shop.test", "host-name.wildcard"],
    ["127.0.0.1", "host-name.address"],
    ["127.1", "host-name.address"],
    ["::1", "host-name.address"],
    ["[::1]", "host-name.address"],
    ["shop.test:443", "host-name.port"],
    ["shop.test.", "host-name.trailing-dot"],
    ["Shop.test", "host-name.upper-case"],
    ["bücher.example", "host-name.not-ascii"],
    ["a_b.test", "host-name.malformed"],
    ["-a.test", "host-name.malformed"],
    ["a b.test", "host-name.malformed"],
    [`${"a".repeat(64)}.test`, "host-name.malformed"],
    ["com", "host-name.public-suffix"],
    ["co.uk", "host-name.public-suffix"],
    ["github.io", "host-name.public-suffix"],
  ])("%j is refused as %s", (name, code) => {
    expect(checkHostName(name)).toEqual([expect.objectContaining({ path: "hostName", code, severity: "error" })]);
  });

  test("a name in its own script is told its ASCII form, one with capitals its lower case", () => {
    expect(checkHostName("bücher.example")[0]?.message).toContain("xn--bcher-kva.example");
    expect(checkHostName("Shop.test")[0]?.message).toContain("shop.test");
  });
});

test("a wildcard site has two names", () => {
  expect(namesOf({ hostName: "a.test", isWildcard: true })).toEqual(["a.test", "*.a.test"]);
  expect(namesOf({ hostName: "a.test", isWildcard: false })).toEqual(["a.test"]);
});
