import { describe, expect, it } from "vitest";
import { claimsClientCertificate, headersToOrigin, isLooping, type Known, loopIdOf } from "#sensor/request-headers.ts";

const known: Known = {
  hostName: "shop.test",
  scheme: "https",
  publicPort: 443,
  requestId: "id-1",
  client: { address: "1.2.3.4", earlier: [] },
  untrustedHeader: null,
  loopId: "tessera-a",
};

const own = {
  host: "shop.test",
  "x-forwarded-for": "1.2.3.4",
  "x-forwarded-proto": "https",
  "x-forwarded-host": "shop.test",
  "x-forwarded-port": "443",
  "x-real-ip": "1.2.3.4",
  "x-request-id": "id-1",
  "cdn-loop": "tessera-a",
};

describe("headers to the origin", () => {
  it.each([
    "client-cert",
    "client-cert-chain",
    "client_cert",
    "client.cert",
    "x-ssl-client-cert",
    "x-ssl-client-verify",
    "x_ssl_client_s_dn",
    "x-ssl-client.verify",
    "x-forwarded-client-cert",
    "x_forwarded-client_cert",
    "x-forwarded-tls-client-cert",
    "x-forwarded-tls-client-cert-info",
    "x-amzn-mtls-clientcert",
    "x-amzn-mtls-clientcert-leaf",
    "x-client-cert",
    "x-client-cert-dn",
    "x-client-certificate",
    "x.client.cert",
  ])("never hold %s: only the sensor knows a client by certificate", (name) => {
    expect(claimsClientCertificate(name)).toBe(true);
    expect(headersToOrigin({ [name]: "CN=admin" }, known)).toEqual(own);
  });

  it.each(["x-client-id", "x-ssl-cipher", "client-certified", "x-amzn-trace-id", "client", "x-forwarded-client"])("may hold %s", (name) => {
    expect(headersToOrigin({ [name]: "v" }, known)).toEqual({ ...own, [name]: "v" });
  });

  it.each([
    ...["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "x-real-ip", "x-request-id", "forwarded"],
    ...["x_forwarded_for", "x.forwarded.for", "x_real_ip", "x-forwarded_proto", "x_request_id", "host", "expect"],
    ...["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "proxy-authorization"],
    ...["proxy-anything", "http2-settings", "proxy", "transfer_encoding", "content_length", "content-length", ":path", ":authority"],
  ])("never hold the client's own %s", (name) => {
    expect(headersToOrigin({ [name]: "forged" }, known)).toEqual(own);
  });

  it("lose what Connection names, and never what the sensor adds", () => {
    const connection = "close, X-Secret, X-Forwarded-For, X-Real-IP, Host, CDN-Loop, x-request-id";
    expect(headersToOrigin({ connection, "x-secret": "1", "x-kept": "2" }, known)).toEqual({ ...own, "x-kept": "2" });
  });

  it("keep in front what a trusted proxy said", () => {
    const client = { address: "1.2.3.4", earlier: ["9.9.9.9", "8.8.8.8"] };
    expect(headersToOrigin({}, { ...known, client })).toEqual({ ...own, "x-forwarded-for": "9.9.9.9, 8.8.8.8, 1.2.3.4" });
  });

  it("lose the header of Set Real IP From when the peer may not write it", () => {
    const headers = { "cf-connecting-ip": "6.6.6.6", cf_connecting_ip: "6.6.6.6" };
    expect(headersToOrigin(headers, { ...known, untrustedHeader: "cf-connecting-ip" })).toEqual(own);
    expect(headersToOrigin(headers, known)).toEqual({ ...own, ...headers });
  });

  it("keep other networks' marks in CDN-Loop and add the site's own", () => {
    expect(headersToOrigin({ "cdn-loop": "edge; v=1, tessera-b" }, known)).toMatchObject({ "cdn-loop": "edge; v=1, tessera-b, tessera-a" });
  });
});

describe("a loop", () => {
  it.each([
    ["tessera-a", true],
    ["edge, Tessera-A ; v=2", true],
    ["tessera-ab, xtessera-a", false],
    ["edge; by=tessera-a", false],
    ["", false],
  ])("CDN-Loop %j is one: %s", (value, expected) => {
    expect(isLooping({ "cdn-loop": value }, "tessera-a")).toBe(expected);
  });

  it("is marked by a token whatever the site's id is", () => {
    expect(loopIdOf("a/b c,d")).toBe("tessera-a-b-c-d");
  });
});
