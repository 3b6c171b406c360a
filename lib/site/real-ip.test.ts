import { describe, expect, test } from "vitest";
import { judge, now, siteWith } from "#e2e/pki/site.ts";
import { compileSite } from "#lib/site/compile.ts";
import { readRealIp } from "#lib/site/real-ip.ts";

const read = (trustedSources: string, realIpHeader = "X-Forwarded-For") => readRealIp({ trustedSources, realIpHeader });

describe("trusted sources", () => {
  test.each([
    ["10.0.0.0/8", ["10.0.0.0/8"]],
    ["10.1.2.3/8", ["10.0.0.0/8"]],
    ["10.0.0.1", ["10.0.0.1/32"]],
    ["2001:DB8::/32", ["2001:db8::/32"]],
    ["::1", ["::1/128"]],
    ["::ffff:10.0.0.0/104", ["10.0.0.0/8"]],
    ["::ffff:10.0.0.1", ["10.0.0.1/32"]],
    ["10.0.0.0/8, 192.0.2.1\n10.0.0.0/8", ["10.0.0.0/8", "192.0.2.1/32"]],
  ])("%j are %j", (text, trustedSources) =>
    expect(read(text)).toEqual({ realIp: { headerName: "x-forwarded-for", trustedSources }, problems: [] }),
  );

  test.each([
    ["", "real-ip.no-sources"],
    ["0.0.0.0/0", "real-ip.everybody"],
    ["10.0.0.1/0", "real-ip.everybody"],
    ["::/0", "real-ip.everybody"],
    ["::ffff:0:0/96", "real-ip.everybody"],
    ["::ffff:10.0.0.1/64", "real-ip.everybody"],
    ["10.0.0.0/33", "real-ip.bad-source"],
    ["10.0.0.0/-1", "real-ip.bad-source"],
    ["10.0.0.0/8/8", "real-ip.bad-source"],
    ["10.0.0.0/ 8", "real-ip.bad-source"],
    ["10.0.0/8", "real-ip.bad-source"],
    ["010.0.0.0/8", "real-ip.bad-source"],
    ["2001:db8::/129", "real-ip.bad-source"],
    ["fe80::1%eth0", "real-ip.bad-source"],
    ["proxy.test", "real-ip.bad-source"],
  ])("%j is %s", (text, code) => {
    const { realIp, problems } = read(text);
    expect(realIp).toBeNull();
    expect(problems[0]).toMatchObject({ path: "trustedSources", code, severity: "error" });
  });
});

describe("the header name", () => {
  test.each([
    ["", "real-ip.bad-header"],
    ["X Real", "real-ip.bad-header"],
    ["X-Real:", "real-ip.bad-header"],
    ["Forwarded", "real-ip.forwarded"],
    ["Connection", "real-ip.reserved-header"],
    ["host", "real-ip.reserved-header"],
  ])("%j is %s", (header, code) => {
    expect(read("10.0.0.0/8", header).problems).toEqual([expect.objectContaining({ path: "realIpHeader", code })]);
  });
});

test("the settings count only while Set Real IP From is ticked", () => {
  const settings = { trustedSources: "10.0.0.0/8", realIpHeader: "X-Real-IP" };
  const on = compileSite(siteWith({ isRealIpSet: true, ...settings }), now);
  const off = compileSite(siteWith({ isRealIpSet: false, ...settings }), now);
  expect(on.ok && on.value.realIp).toEqual({ headerName: "x-real-ip", trustedSources: ["10.0.0.0/8"] });
  expect(off.ok && off.value.realIp).toBeNull();
  expect(judge({ isRealIpSet: true })).toEqual(["trustedSources real-ip.no-sources"]);
  expect(judge({ trustedSources: "0.0.0.0/0" })).toEqual(["trustedSources real-ip.everybody?"]);
  expect(judge({})).toEqual([]);
});
