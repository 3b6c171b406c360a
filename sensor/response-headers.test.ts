import { describe, expect, it } from "vitest";
import { headersToClient } from "#sensor/response-headers.ts";

describe("headers to the client", () => {
  it("lose what concerns the origin's connection alone, also what Connection names", () => {
    const own = ["connection", "X-Inner", "connection", "keep-alive, x-other", "x-inner", "1", "x-other", "1", "keep-alive", "timeout=5"];
    const more = ["transfer-encoding", "chunked", "upgrade", "h2c", "trailer", "x-sum", "proxy-authenticate", "Basic"];
    const kept = ["content-type", "text/plain", "set-cookie", "a=1", "set-cookie", "b=2"];
    expect(headersToClient([...own, ...more, ...kept], [], "id-1")).toEqual([...kept, "x-request-id", "id-1"]);
  });

  it("hold the site's custom ones in place of the origin's, whatever the case", () => {
    const custom = [
      { name: "X-Frame-Options", value: "DENY" },
      { name: "Set-Cookie", value: "c=3" },
    ];
    expect(headersToClient(["x-frame-options", "SAMEORIGIN", "set-cookie", "a=1", "set-cookie", "b=2"], custom, "id-1")).toEqual([
      ...["x-frame-options", "DENY"],
      ...["set-cookie", "c=3"],
      ...["x-request-id", "id-1"],
    ]);
  });

  it("hold the sensor's request id and no other", () => {
    expect(headersToClient(["x-request-id", "forged"], [{ name: "X-Request-Id", value: "custom" }], "id-1")).toEqual([
      ...["x-request-id", "id-1"],
    ]);
  });

  it("leave redirects untouched", () => {
    expect(headersToClient(["location", "http://inner:8080/x"], [], "id-1")).toEqual([
      "location",
      "http://inner:8080/x",
      "x-request-id",
      "id-1",
    ]);
  });

  it("hold once what may stand once, and the first of it", () => {
    const twice = ["location", "/a", "content-type", "text/html", "location", "/b", "content-type", "text/plain", "via", "1", "via", "2"];
    expect(headersToClient(twice, [], "id-1")).toEqual([
      "location",
      "/a",
      "content-type",
      "text/html",
      "via",
      "1",
      "via",
      "2",
      "x-request-id",
      "id-1",
    ]);
  });
});
