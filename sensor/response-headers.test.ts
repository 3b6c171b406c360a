import { describe, expect, it } from "vitest";
import { headersToClient, reasonPhraseOf } from "#sensor/response-headers.ts";

describe("headers to the client", () => {
  it("lose what concerns the origin's connection alone, also what Connection names", () => {
    const headers = {
      connection: "X-Inner, keep-alive",
      "x-inner": "1",
      "keep-alive": "timeout=5",
      "transfer-encoding": "chunked",
      upgrade: "h2c",
      trailer: "x-sum",
      "proxy-authenticate": "Basic",
      "content-type": "text/plain",
      "set-cookie": ["a=1", "b=2"],
    };
    expect(headersToClient(headers, [], "id-1")).toEqual({
      "content-type": "text/plain",
      "set-cookie": ["a=1", "b=2"],
      "x-request-id": "id-1",
    });
  });

  it("hold the site's custom ones in place of the origin's, whatever the case", () => {
    const custom = [
      { name: "X-Frame-Options", value: "DENY" },
      { name: "Set-Cookie", value: "c=3" },
    ];
    expect(headersToClient({ "x-frame-options": "SAMEORIGIN", "set-cookie": ["a=1"] }, custom, "id-1")).toEqual({
      "x-frame-options": "DENY",
      "set-cookie": "c=3",
      "x-request-id": "id-1",
    });
  });

  it("hold the sensor's request id and no other", () => {
    expect(headersToClient({ "x-request-id": "forged" }, [{ name: "X-Request-Id", value: "custom" }], "id-1")).toEqual({
      "x-request-id": "id-1",
    });
  });

  it("leave redirects untouched", () => {
    expect(headersToClient({ location: "http://inner:8080/x" }, [], "id-1")).toMatchObject({ location: "http://inner:8080/x" });
  });
});

describe("a reason phrase", () => {
  it.each([
    ["OK", "OK"],
    ["", ""],
    [undefined, ""],
    ["Tr\xe8s bien", "Tr\xe8s bien"],
    ["OK\r\nX: y", null],
    ["a\x00b", null],
    ["a\x7fb", null],
    ["snow \u2603", null],
  ])("%j is passed on as %j", (text, expected) => {
    expect(reasonPhraseOf(text)).toBe(expected);
  });
});
