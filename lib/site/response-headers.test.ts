import { expect, test } from "vitest";
import { brief } from "#e2e/pki/site.ts";
import { checkResponseHeaders } from "#lib/site/response-headers.ts";

test.each([
  ["X-Frame-Options", "DENY"],
  ["Content-Security-Policy", "default-src 'self'; img-src *"],
  ["set-cookie", "a=b"],
  ["x", "a"],
])("takes %s: %s", (name, value) => expect(checkResponseHeaders([{ name, value }])).toEqual([]));

test.each([
  ["", "x", "responseHeaders.0.name header.no-name"],
  ["X Y", "x", "responseHeaders.0.name header.bad-name"],
  ["X:", "x", "responseHeaders.0.name header.bad-name"],
  ["Ünder", "x", "responseHeaders.0.name header.bad-name"],
  ["X\r\nY", "x", "responseHeaders.0.name header.bad-name"],
  ["Content-Length", "1", "responseHeaders.0.name header.reserved"],
  ["transfer-encoding", "chunked", "responseHeaders.0.name header.reserved"],
  ["Connection", "close", "responseHeaders.0.name header.reserved"],
  ["Trailer", "x", "responseHeaders.0.name header.reserved"],
  ["Upgrade", "x", "responseHeaders.0.name header.reserved"],
  ["X-Request-Id", "x", "responseHeaders.0.name header.reserved"],
  ["X", "", "responseHeaders.0.value header.no-value"],
  ["X", " a", "responseHeaders.0.value header.bad-value"],
  ["X", "a ", "responseHeaders.0.value header.bad-value"],
  ["X", "a\r\nSet-Cookie: b", "responseHeaders.0.value header.bad-value"],
  ["X", "a\tb", "responseHeaders.0.value header.bad-value"],
  ["X", "ä", "responseHeaders.0.value header.bad-value"],
  ["X", "a\0", "responseHeaders.0.value header.bad-value"],
])("refuses %j: %j", (name, value, problem) => expect(brief(checkResponseHeaders([{ name, value }]))).toEqual([problem]));

test("a name stands once, whatever its case", () => {
  const headers = [
    { name: "X-A", value: "1" },
    { name: "x-a", value: "2" },
  ];
  expect(brief(checkResponseHeaders(headers))).toEqual(["responseHeaders.1.name header.duplicate"]);
});

test("fifty are taken, one more is refused", () => {
  const headers = Array.from({ length: 51 }, (_, index) => ({ name: `X-${index}`, value: "1" }));
  expect(checkResponseHeaders(headers.slice(0, 50))).toEqual([]);
  expect(brief(checkResponseHeaders(headers))).toEqual(["responseHeaders header.too-many"]);
});
