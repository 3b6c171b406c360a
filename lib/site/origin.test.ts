import { describe, expect, test } from "vitest";
import { readOrigin } from "#lib/site/origin.ts";

describe("an origin that is read", () => {
  test.each([
    ["App.Internal.", { kind: "host", hostName: "app.internal" }],
    ["backend", { kind: "host", hostName: "backend" }],
    [" 10.0.0.5 ", { kind: "addresses", addresses: ["10.0.0.5"] }],
    ["10.0.0.5, 10.0.0.6", { kind: "addresses", addresses: ["10.0.0.5", "10.0.0.6"] }],
    ["10.0.0.5,2001:DB8::5", { kind: "addresses", addresses: ["10.0.0.5", "2001:db8::5"] }],
    ["[2001:db8::5]", { kind: "addresses", addresses: ["2001:db8::5"] }],
    ["::ffff:10.0.0.5", { kind: "addresses", addresses: ["10.0.0.5"] }],
    ["10.0.0.5,10.0.0.5,", { kind: "addresses", addresses: ["10.0.0.5"] }],
  ])("%j", (text, origin) => expect(readOrigin(text)).toEqual({ origin, problems: [] }));
});

describe("an origin that is refused", () => {
  test.each([
    ["", "origin.missing"],
    [" , ", "origin.missing"],
    ["https://app.test", "origin.url"],
    ["app.test/path", "origin.url"],
    ["app.test, 10.0.0.5", "origin.mixed"],
    ["a.test, b.test", "origin.several"],
    ["app.test:8080", "origin.port"],
    ["10.0.0.5:8080", "origin.port"],
    ["*.app.test", "origin.wildcard"],
    ["10.0.0.256", "origin.malformed"],
    ["10.1", "origin.malformed"],
    ["0x7f000001", "origin.malformed"],
    ["fe80::1%eth0", "origin.malformed"],
    ["app_1.test", "origin.malformed"],
    ["user@app.test", "origin.malformed"],
  ])("%j is %s", (text, code) => {
    expect(readOrigin(text)).toEqual({ origin: null, problems: [expect.objectContaining({ path: "origin", code, severity: "error" })] });
  });
});
