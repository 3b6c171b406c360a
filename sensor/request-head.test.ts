import { describe, expect, it } from "vitest";
import { requestHead } from "#sensor/request-head.ts";

const asked = { method: "GET", path: "/a?b", headers: { host: "shop.test", "x-a": "caf\xe9\t1", "set-cookie": ["a", "b"] } };

describe("a request's head", () => {
  it("is written line by line, a list as several", () => {
    expect(requestHead(asked)).toBe("GET /a?b HTTP/1.1\r\nhost: shop.test\r\nx-a: caf\xe9\t1\r\nset-cookie: a\r\nset-cookie: b\r\n\r\n");
  });

  it.each([
    { method: "GET /" },
    { method: "" },
    { path: "/a b" },
    { path: "/a\r\nX: 1" },
    { path: "" },
    { path: "/\u2603" },
    { headers: { "x-a": "1\r\nX-B: 2" } },
    { headers: { "x-a": "1\n" } },
    { headers: { "x-a": "\0" } },
    { headers: { "x-a": ["1", "\r"] } },
    { headers: { "x-a": "snow \u2603" } },
    { headers: { "x a": "1" } },
    { headers: { "x-a:": "1" } },
    { headers: { "": "1" } },
  ])("with %j is not written at all", (changes) => {
    expect(() => requestHead({ ...asked, ...changes })).toThrow();
  });
});
